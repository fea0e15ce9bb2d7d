from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.outcomes import Outcome
from evaluation.domain.trial_arms import Arm
from evaluation.domain.trial_findings import (
    CAVEAT,
    ArmAnswer,
    Tone,
    TrialFinding,
    finding_of,
)

EXAMPLES = ("First", "Last")
# What can become of an arm: right, wrong in words of its own, wrong as an example's answer,
# nothing readable, plainly unknown, refused, failed.
ENDINGS = {
    "right": ArmAnswer(outcome=Outcome.OK, is_right=True, answer="Right"),
    "wrong": ArmAnswer(outcome=Outcome.OK, answer="Else"),
    "first": ArmAnswer(outcome=Outcome.OK, answer="first."),
    "last": ArmAnswer(outcome=Outcome.OK, answer="LAST"),
    "nothing": ArmAnswer(outcome=Outcome.UNPARSABLE),
    "unknown": ArmAnswer(outcome=Outcome.OK, answer="I do not know: no examples were given."),
    "refused": ArmAnswer(outcome=Outcome.REFUSED),
    "failed": ArmAnswer(outcome=Outcome.ERROR),
}
UNANSWERED = {"refused", "failed"}
HEADLINES = {
    "refused": "The model refused all four questions",
    "failed": "The model could not be asked",
    "silent": "The model gave no answer",
    "copied": "No answer is right, and it may have copied an example",
    "hard": "No answer is right: hard, or ambiguous",
    "image": "Solved without the image",
    "examples": "Solved without the examples",
    "only": "Right with the examples, without them no answer",
    "difference": "The examples made the difference",
    "one order": "The examples made the difference in one order only",
    "once": "The examples made the difference once",
    "open": "Right with the examples; whether they were needed is open",
}


def _finding(*endings: str, examples: tuple[str, ...] = EXAMPLES) -> TrialFinding:
    answers = dict(zip(Arm, (ENDINGS[ending] for ending in endings), strict=True))
    return finding_of(answers, examples)


def _combinations() -> Iterator[tuple[str, str, str, str]]:
    yield from product(ENDINGS, repeat=4)


@pytest.mark.parametrize(
    ("endings", "headline", "tone"),
    [
        (("refused", "refused", "refused", "refused"), "refused", Tone.OPEN),
        (("failed", "failed", "failed", "failed"), "failed", Tone.OPEN),
        (("failed", "refused", "failed", "failed"), "silent", Tone.OPEN),
        (("wrong", "wrong", "last", "first"), "copied", Tone.DOUBT),
        (("wrong", "wrong", "last", "last"), "copied", Tone.DOUBT),
        (("wrong", "wrong", "first", "last"), "hard", Tone.OPEN),
        (("wrong", "wrong", "wrong", "wrong"), "hard", Tone.OPEN),
        (("nothing", "nothing", "nothing", "nothing"), "hard", Tone.OPEN),
        (("wrong", "failed", "refused", "wrong"), "hard", Tone.OPEN),
        (("right", "right", "right", "right"), "image", Tone.DOUBT),
        (("wrong", "right", "right", "right"), "image", Tone.DOUBT),
        (("failed", "right", "failed", "failed"), "image", Tone.DOUBT),
        (("right", "wrong", "right", "right"), "examples", Tone.DOUBT),
        (("right", "failed", "wrong", "wrong"), "examples", Tone.DOUBT),
        (("unknown", "unknown", "right", "right"), "only", Tone.OPEN),
        (("unknown", "refused", "right", "wrong"), "only", Tone.OPEN),
        (("refused", "refused", "failed", "right"), "only", Tone.OPEN),
        (("unknown", "wrong", "right", "right"), "difference", Tone.GOOD),
        (("wrong", "wrong", "right", "right"), "difference", Tone.GOOD),
        (("wrong", "failed", "right", "failed"), "difference", Tone.GOOD),
        (("nothing", "wrong", "right", "refused"), "difference", Tone.GOOD),
        (("wrong", "wrong", "right", "wrong"), "one order", Tone.DOUBT),
        (("wrong", "wrong", "last", "right"), "one order", Tone.DOUBT),
        (("wrong", "wrong", "failed", "right"), "once", Tone.OPEN),
        (("failed", "wrong", "right", "right"), "open", Tone.OPEN),
        (("refused", "wrong", "wrong", "right"), "open", Tone.OPEN),
    ],
)
def test_a_combination_has_its_headline(
    endings: tuple[str, ...], headline: str, tone: Tone
) -> None:
    finding = _finding(*endings)
    assert (finding.headline, finding.tone) == (HEADLINES[headline], tone)


def test_every_combination_reaches_a_headline_and_a_sentence() -> None:
    findings = {endings: _finding(*endings) for endings in _combinations()}
    assert len(findings) == 8**4
    assert {finding.headline for finding in findings.values()} == set(HEADLINES.values())
    assert all(finding.remarks for finding in findings.values())
    assert all(remark.endswith(".") for finding in findings.values() for remark in finding.remarks)


@given(
    st.lists(st.sampled_from(list(ENDINGS)), min_size=4, max_size=4),
    st.lists(st.sampled_from(["First", "Last", "Right", "Else", ""]), max_size=4),
)
def test_a_finding_says_no_more_than_was_seen(endings: list[str], examples: list[str]) -> None:
    finding = _finding(*endings, examples=tuple(examples))
    said = " ".join((finding.headline, *finding.remarks))
    alone, no_image, with_examples, in_reverse = endings
    assert ("without seeing the query's image" in said) == (no_image == "right")
    assert ("without seeing the examples" in said) == (alone == "right")
    assert ("refused:" in said) == ("refused" in endings)
    assert ("could not be asked:" in said) == ("failed" in endings)
    if alone in UNANSWERED or alone == "right":
        assert "made the difference" not in said
    if "copied" in said:
        assert {"first", "last", "wrong"} & {with_examples, in_reverse}
        assert any(examples)
    if {with_examples, in_reverse} & UNANSWERED or len(examples) < 2:
        assert "order of the examples changed" not in said
    if "right" not in endings:
        assert finding.tone is not Tone.GOOD


@pytest.mark.parametrize(
    ("endings", "words"),
    [
        (("wrong", "right", "wrong", "wrong"), "lucky guess"),
        (("right", "right", "right", "right"), "may give the answer away"),
        (("right", "wrong", "wrong", "right"), "the examples may mislead"),
        (("right", "wrong", "right", "right"), "does not need them"),
        (("wrong", "wrong", "right", "right"), "right after the examples in both orders"),
        (("wrong", "wrong", "right", "wrong"), "right after the examples in the order you gave"),
        (("wrong", "wrong", "wrong", "right"), "right after the examples in reverse order"),
        (("wrong", "wrong", "last", "first"), "In both orders, its answer is that of the example"),
        (("wrong", "wrong", "last", "right"), "in the order you gave them, its answer is that"),
        (("right", "wrong", "right", "first"), "in reverse order, its answer is that"),
        (("wrong", "wrong", "right", "wrong"), "right in one order, wrong in the other"),
        (("wrong", "wrong", "first", "last"), "it is wrong in both"),
        (("wrong", "wrong", "wrong", "wrong"), "add them to the query under “Also right”"),
        (("refused", "failed", "right", "right"), "The model refused: query alone. It could not"),
        (("unknown", "unknown", "right", "right"), "so the comparison tells little"),
        (("refused", "failed", "right", "right"), "rests on the other answers"),
        (("failed", "failed", "failed", "failed"), "nothing can be said about the problem"),
    ],
)
def test_a_remark_says_what_was_seen(endings: tuple[str, ...], words: str) -> None:
    assert words in " ".join(_finding(*endings).remarks)


@pytest.mark.parametrize(
    ("endings", "words"),
    [
        (("wrong", "wrong", "right", "right"), "right after the example."),
        (("wrong", "wrong", "first", "first"), "is the example's, which is wrong here"),
        (("wrong", "wrong", "right", "wrong"), "does not always answer alike"),
        (("wrong", "wrong", "wrong", "first"), "does not always answer alike"),
    ],
)
def test_with_a_single_example_nothing_is_said_of_orders(
    endings: tuple[str, ...], words: str
) -> None:
    finding = _finding(*endings, examples=("First",))
    assert words in " ".join(finding.remarks)
    assert "in one order" not in finding.headline


def test_two_equal_wrong_answers_are_no_change_by_order() -> None:
    assert "order" not in " ".join(_finding("wrong", "wrong", "wrong", "wrong").remarks)


def test_an_answer_that_cannot_be_read_copies_nothing() -> None:
    finding = _finding("wrong", "wrong", "nothing", "nothing", examples=("First", "..."))
    assert "copied" not in finding.headline + " ".join(finding.remarks)


def test_a_finding_needs_all_four_arms() -> None:
    with pytest.raises(KeyError):
        finding_of({Arm.ALONE: ENDINGS["right"]}, EXAMPLES)


def test_the_caveat_says_that_it_is_one_model_asked_once() -> None:
    assert "one model" in CAVEAT
    assert "once" in CAVEAT
