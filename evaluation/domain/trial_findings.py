"""What the four answers of a trial mean, in plain sentences.

One model gave one answer to each question, so no sentence says more than was seen, and the ones
that suggest a cause say "may". Every table below is read from the top; a test walks through all
combinations of what can be seen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from curation.domain.answers import is_same_answer, normalize
from evaluation.domain.outcomes import Outcome
from evaluation.domain.trial_arms import Arm
from evaluation.domain.unknowing import is_unknowing

CAVEAT = (
    "This is one model that answered each question once; another model, or the same one asked "
    "again, may answer otherwise. An answer counts as right only if its words are those of the "
    "answer or stand beside it under “Also right”: read what the model wrote before you change the "
    "problem."
)


class Tone(StrEnum):
    """What a finding is to the author."""

    GOOD = "good"  # the problem does what it should
    DOUBT = "doubt"  # there may be a shortcut
    OPEN = "open"  # this model cannot tell


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmAnswer:
    """What became of one arm. ``answer`` is what was read of the completion, maybe nothing."""

    outcome: Outcome
    is_right: bool = False
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFinding:
    """The one thing to remember, and what else was seen."""

    headline: str
    tone: Tone
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """The answers of all four arms, and those of the examples in the authored order."""

    answers: Mapping[Arm, ArmAnswer]
    example_answers: tuple[str, ...]

    def is_right(self, arm: Arm) -> bool:
        """Whether the arm's answer is right."""
        return self.is_answered(arm) and self.answers[arm].is_right

    def is_wrong(self, arm: Arm) -> bool:
        """Whether the model answered, and not what is right."""
        return self.is_answered(arm) and not self.answers[arm].is_right

    def is_answered(self, arm: Arm) -> bool:
        """Whether the model answered at all."""
        return self.answers[arm].outcome.is_answer

    @property
    def needs_examples(self) -> bool:
        """Whether it answers nothing at all unless it is shown examples."""
        return all(self.knows_nothing(arm) for arm in (Arm.ALONE, Arm.NO_IMAGE))

    def knows_nothing(self, arm: Arm) -> bool:
        """Whether the model refused, or said that it does not know."""
        is_refused = self.answers[arm].outcome is Outcome.REFUSED
        return is_refused or (self.is_wrong(arm) and is_unknowing(self.answers[arm].answer))

    def has_copied(self, arm: Arm) -> bool:
        """Whether it gave the answer of the example shown last, and that is wrong."""
        shown = self.example_answers if arm is Arm.EXAMPLES else self.example_answers[::-1]
        answer = self.answers[arm].answer
        is_last = bool(shown) and is_same_answer(answer, shown[-1])
        return self.is_wrong(arm) and bool(normalize(answer)) and is_last

    def with_outcome(self, outcome: Outcome) -> list[Arm]:
        """The arms that ended this way, in order."""
        return [arm for arm in Arm if self.answers[arm].outcome is outcome]

    @property
    def has_orders(self) -> bool:
        """Whether the reverse order is another one: not with a single example."""
        return len(self.example_answers) > 1

    @property
    def right(self) -> list[Arm]:
        """The arms whose answer is right, in order."""
        return [arm for arm in Arm if self.is_right(arm)]

    @property
    def answered(self) -> list[Arm]:
        """The arms that were answered, in order."""
        return [arm for arm in Arm if self.is_answered(arm)]


def finding_of(answers: Mapping[Arm, ArmAnswer], example_answers: tuple[str, ...]) -> TrialFinding:
    """What a finished trial says. ``answers`` has all four arms, KeyError otherwise."""
    seen = Seen(answers, example_answers)
    headline, tone = next((words, tone) for is_so, words, tone in _HEADLINES if is_so(seen))
    remarks = [remark for look in _REMARKS if (remark := look(seen))]
    return TrialFinding(headline=headline, tone=tone, remarks=tuple(remarks))


def _nothing_answered(seen: Seen) -> bool:
    return not seen.answered


def _all_refused(seen: Seen) -> bool:
    return len(seen.with_outcome(Outcome.REFUSED)) == len(Arm)


def _all_failed(seen: Seen) -> bool:
    return len(seen.with_outcome(Outcome.ERROR)) == len(Arm)


def _none_right_but_copied(seen: Seen) -> bool:
    return not seen.right and _copies(seen)


def _copies(seen: Seen) -> bool:
    return seen.has_copied(Arm.EXAMPLES) or seen.has_copied(Arm.REVERSED)


def _made_the_difference(seen: Seen) -> bool:
    is_right = seen.is_right(Arm.EXAMPLES) and not seen.is_wrong(Arm.REVERSED)
    return seen.is_wrong(Arm.ALONE) and is_right


def _made_it_once(seen: Seen) -> bool:
    is_right_once = seen.is_right(Arm.EXAMPLES) or seen.is_right(Arm.REVERSED)
    return seen.is_wrong(Arm.ALONE) and is_right_once


def _answers_only_with_examples(seen: Seen) -> bool:
    return seen.needs_examples and bool(seen.right)


def _made_it_in_one_order(seen: Seen) -> bool:
    return _made_it_once(seen) and seen.has_orders and seen.is_answered(Arm.EXAMPLES)


# Read from the top, the first that is so; the last one always is.
_HEADLINES: tuple[tuple[Callable[[Seen], bool], str, Tone], ...] = (
    (_all_refused, "The model refused all four questions", Tone.OPEN),
    (_all_failed, "The model could not be asked", Tone.OPEN),
    (_nothing_answered, "The model gave no answer", Tone.OPEN),
    (_none_right_but_copied, "No answer is right, and it may have copied an example", Tone.DOUBT),
    (lambda seen: not seen.right, "No answer is right: hard, or ambiguous", Tone.OPEN),
    (lambda seen: seen.is_right(Arm.NO_IMAGE), "Solved without the image", Tone.DOUBT),
    (lambda seen: seen.is_right(Arm.ALONE), "Solved without the examples", Tone.DOUBT),
    (_answers_only_with_examples, "Right with the examples, without them no answer", Tone.OPEN),
    (_made_the_difference, "The examples made the difference", Tone.GOOD),
    (_made_it_in_one_order, "The examples made the difference in one order only", Tone.DOUBT),
    (_made_it_once, "The examples made the difference once", Tone.OPEN),
    (lambda _: True, "Right with the examples; whether they were needed is open", Tone.OPEN),
)


def _on_gaps(seen: Seen) -> str:
    refused, failed = seen.with_outcome(Outcome.REFUSED), seen.with_outcome(Outcome.ERROR)
    parts = [
        f"The model refused: {_listed(refused)}." if refused else "",
        f"It could not be asked: {_listed(failed)}." if failed else "",
        "What is said here rests on the other answers." if seen.answered else "",
    ]
    return " ".join(filter(None, parts)) if refused or failed else ""


def _on_no_image(seen: Seen) -> str:
    if not seen.is_right(Arm.NO_IMAGE):
        return ""
    said = "It gave the right answer without seeing the query's image"
    if seen.is_wrong(Arm.ALONE):
        return f"{said}, and a wrong one with it: this may be a lucky guess."
    return f"{said}. The question may give the answer away, or it may be the one to guess."


def _on_alone(seen: Seen) -> str:
    if not seen.is_right(Arm.ALONE):
        return ""
    said = "It gave the right answer without seeing the examples"
    if seen.is_wrong(Arm.EXAMPLES):
        return f"{said}, and a wrong one after them: the examples may mislead."
    return f"{said}: this model does not need them. A problem should be hard without its examples."


def _on_difference(seen: Seen) -> str:
    arms = [arm for arm in (Arm.EXAMPLES, Arm.REVERSED) if seen.is_right(arm)]
    if not arms or not (seen.is_wrong(Arm.ALONE) or seen.needs_examples):
        return ""
    orders = _either(
        arms,
        "after the examples in the order you gave them",
        "after the examples in reverse order",
        "after the examples in both orders" if seen.has_orders else "after the example",
    )
    if seen.needs_examples:
        return f"{_ONLY_WITH_EXAMPLES} It is right {orders}."
    return f"Its answer to the query alone is wrong, and right {orders}."


_ONLY_WITH_EXAMPLES = (
    "This model answers only with examples, so the comparison tells little about the problem."
)


def _on_copying(seen: Seen) -> str:
    arms = [arm for arm in (Arm.EXAMPLES, Arm.REVERSED) if seen.has_copied(arm)]
    if not arms:
        return ""
    if not seen.has_orders:
        return f"Its answer after the example is the example's, {_COPIED}"
    orders = _either(
        arms,
        "With the examples in the order you gave them",
        "With the examples in reverse order",
        "In both orders",
    )
    return f"{orders}, its answer is that of the example shown last, {_COPIED}"


_COPIED = "which is wrong here: it may have copied the last answer."


def _on_order(seen: Seen) -> str:
    if not (seen.is_answered(Arm.EXAMPLES) and seen.is_answered(Arm.REVERSED)):
        return ""
    answers = [seen.answers[arm].answer for arm in (Arm.EXAMPLES, Arm.REVERSED)]
    is_right = [seen.is_right(Arm.EXAMPLES), seen.is_right(Arm.REVERSED)]
    if all(is_right) or (not any(is_right) and is_same_answer(*answers)):
        return ""
    if not seen.has_orders:
        return (
            "With a single example both orders are the same question, and still the answers "
            "differ: this model does not always answer alike."
        )
    how = "right in one order, wrong in the other" if any(is_right) else "it is wrong in both"
    return f"The order of the examples changed the answer: {how}."


def _on_no_right(seen: Seen) -> str:
    if seen.right or not seen.answered:
        return ""
    return (
        "The problem may be hard for this model, or the answer may be ambiguous. If the model "
        "means the same in other words, add them to the query under “Also right”."
    )


def _on_nothing(seen: Seen) -> str:
    return "" if seen.answered else "So nothing can be said about the problem. Try another model."


# All that have something to say, in this order.
_REMARKS: tuple[Callable[[Seen], str], ...] = (
    _on_gaps,
    _on_nothing,
    _on_no_image,
    _on_alone,
    _on_difference,
    _on_copying,
    _on_order,
    _on_no_right,
)


def _either(arms: list[Arm], authored: str, reverse: str, both: str) -> str:
    """The words for one of the two orders of the examples, or for both."""
    if len(arms) > 1:
        return both
    return authored if arms == [Arm.EXAMPLES] else reverse


def _listed(arms: list[Arm]) -> str:
    return ", ".join(arm.label.lower() for arm in arms)
