"""What each rule says, and where it keeps silent."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.content import Annotations, PanelRole, ProblemContent
from curation.domain.rules import (
    MAX_EXAMPLES,
    MIN_EXAMPLES,
    RULES,
    Draft,
    Finding,
    Rule,
    findings,
)
from tests.curation.domain.contents import (
    contents,
    fingerprints,
    make_content,
    make_image,
    make_panel,
    with_image,
    with_panel,
)
from tests.curation.domain.rule_cases import FINE, FOUND, QUERY, SILENT, Case


def _named(cases: tuple[Case, ...]) -> pytest.MarkDecorator:
    names = [f"{case.code} {case.name}".strip() for case in cases]
    return pytest.mark.parametrize("case", cases, ids=names)


def _codes(content: ProblemContent) -> list[str]:
    return [finding.code for finding in findings(Draft(content=content))]


@_named(FOUND)
def test_a_rule_finds_what_it_is_for_and_says_where(case: Case) -> None:
    found = [found for found in findings(Draft(content=case.content)) if found.code == case.code]
    assert tuple((finding.panel, finding.field) for finding in found) == case.at


@_named(SILENT)
def test_the_rules_keep_silent_about_what_is_fine(case: Case) -> None:
    assert _codes(case.content) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_fires_in_a_case_here(rule: Rule) -> None:
    drafts = [Draft(content=case.content) for case in FOUND]
    first = frozenset(image.sha256 for image in FINE.images[:1])
    drafts.append(Draft(content=FINE, seen_elsewhere=first))
    drafts.append(Draft(content=FINE, unattested_text=first))
    assert any(list(rule(draft)) for draft in drafts)


_WARNINGS = {
    "answers_differ_in_capital",
    "answers_differ_in_full_stop",
    "answers_differ_in_spaces",
    "answers_differ_in_side",
    "answers_differ_in_length",
    "image_small",
    "question_differs",
    "answer_not_among_examples",
}


@_named(FOUND)
def test_what_can_be_explained_warns_and_everything_else_blocks(case: Case) -> None:
    found = [found for found in findings(Draft(content=case.content)) if found.code == case.code]
    assert {finding.is_error for finding in found} == {case.code not in _WARNINGS}


@pytest.mark.parametrize(
    ("knowing", "says"),
    [
        (lambda known: Draft(content=FINE, seen_elsewhere=known), "shows the same picture"),
        (lambda known: Draft(content=FINE, alike_elsewhere=known), "looks like this one"),
    ],
    ids=["same", "alike"],
)
def test_an_image_of_another_problem_is_a_warning_beside_the_image(
    knowing: Callable[[frozenset[str]], Draft], says: str
) -> None:
    (found,) = findings(knowing(frozenset({FINE.images[0].sha256})))
    assert (found.code, found.panel, found.field) == ("image_seen_elsewhere", 0, "image")
    assert says in found.message
    assert not found.is_error
    assert findings(knowing(frozenset({"f" * 64}))) == ()


def test_the_same_picture_elsewhere_is_not_also_said_to_look_like_one() -> None:
    first = frozenset({FINE.images[0].sha256})
    (found,) = findings(Draft(content=FINE, seen_elsewhere=first, alike_elsewhere=first))
    assert "the same picture" in found.message


def test_text_in_a_picture_blocks_until_somebody_says_that_it_names_nobody() -> None:
    second = FINE.images[1].sha256
    (found,) = findings(Draft(content=FINE, unattested_text=frozenset({second})))
    assert (found.code, found.panel, found.field) == ("text_unattested", 1, "image")
    assert found.is_wrong


@_named(FOUND)
def test_what_is_not_filled_in_yet_is_missing_and_not_wrong(case: Case) -> None:
    found = [found for found in findings(Draft(content=case.content)) if found.code == case.code]
    is_of_signs = case.code == "answer_missing" and any(
        panel.answer.strip(" .-?!") != panel.answer.strip() for panel in case.content.panels
    )
    is_missing = case.code.endswith("_missing") or case.code in {
        "too_few_examples",
        "question_unnamed",
    }
    assert {finding.is_missing for finding in found} == {is_missing and not is_of_signs}
    assert {finding.is_wrong for finding in found} == {
        found[0].is_error and not found[0].is_missing
    }


def test_answers_are_compared_once_all_are_there() -> None:
    unfinished = make_content("Effusion", "Effusion", "Fracture")
    for index in (1, 2):
        codes = _codes(with_panel(unfinished, index, answer=""))
        assert not {"answers_all_the_same", "answer_not_among_examples"} & set(codes)


# None, 10, 11 and all of the 64 bits set: 10 apart is alike, 11 is not.
_LOOK, _ALMOST, _UNLIKE, _OPPOSITE = (f"{2**bits - 1:016x}" for bits in (0, 10, 11, 64))


def _looking(*looks: str) -> Draft:
    """The fine content, its pictures with these fingerprints."""
    hashes = [image.sha256 for image in FINE.images]
    return Draft(content=FINE, fingerprints=dict(zip(hashes, looks, strict=False)))


@pytest.mark.parametrize("example", [0, 1])
def test_a_near_duplicate_of_the_query_s_image_among_the_examples_blocks(example: int) -> None:
    looks = [_OPPOSITE, _OPPOSITE, _LOOK]
    looks[example] = _ALMOST
    (found,) = findings(_looking(*looks))
    assert (found.code, found.panel) == ("query_image_among_examples", 2)
    assert f"example {example + 1}" in found.message


def test_pictures_that_look_different_are_fine() -> None:
    assert findings(_looking(_LOOK, _UNLIKE, _OPPOSITE)) == ()


def test_examples_that_look_alike_are_a_warning_at_the_later_one() -> None:
    # Neighboring slices of one scan may be how an expert shows what matters.
    (found,) = findings(_looking(_LOOK, _ALMOST, _OPPOSITE))
    assert (found.code, found.panel, found.field) == ("images_alike", 1, "image")
    assert not found.is_error


def test_a_panel_is_told_once_of_the_first_it_looks_like() -> None:
    content = make_content("Effusion", "Fracture", "Effusion", "Fracture")
    looks = dict.fromkeys((image.sha256 for image in content.images), _LOOK)
    found = findings(Draft(content=content, fingerprints=looks))
    assert [(finding.code, finding.panel) for finding in found] == [
        ("query_image_among_examples", 3),
        ("images_alike", 1),
        ("images_alike", 2),
    ]
    assert "example 1" in found[0].message


def test_a_picture_of_unknown_look_is_like_no_other() -> None:
    hashes = [image.sha256 for image in FINE.images]
    assert findings(Draft(content=FINE, fingerprints={hashes[0]: _LOOK})) == ()


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [(0, 1, "image_twice"), (0, 2, "query_image_among_examples")],
)
def test_what_was_cut_from_one_picture_counts_as_that_picture(
    one: int, other: int, code: str
) -> None:
    hashes = [image.sha256 for image in FINE.images]
    looks = dict(zip(hashes, (_LOOK, "00000000ffffffff", _OPPOSITE), strict=True))
    for origins in (
        {hashes[other]: hashes[one]},
        {hashes[one]: hashes[other]},
        {hashes[one]: "f" * 64, hashes[other]: "f" * 64},
    ):
        found = findings(Draft(content=FINE, fingerprints=looks, origins=origins))
        assert (found[0].code, found[0].panel, found[0].is_wrong) == (code, other, True)


def test_errors_stand_before_warnings() -> None:
    content = with_panel(with_image(FINE, 0, width=9), QUERY, answer="")
    kinds = [finding.is_error for finding in findings(Draft(content=content))]
    assert kinds == sorted(kinds, reverse=True)
    assert set(kinds) == {True, False}


def test_an_answer_of_signs_is_asked_for_in_words() -> None:
    for answer, message in (("", "Write the answer."), ("+", "signs alone are not compared")):
        found = findings(Draft(content=with_panel(FINE, 0, answer=answer)))
        assert [finding for finding in found if message in finding.message]


def test_missing_answers_are_not_told_to_be_spelled_alike() -> None:
    content = with_panel(with_panel(FINE, 0, answer=""), 1, answer="-")
    assert "answer_spelled_differently" not in _codes(content)


def test_the_first_spelling_is_quoted() -> None:
    found = findings(Draft(content=make_content("Effusion", "Fracture", "effusion.")))
    quoted = [finding for finding in found if finding.code == "answer_spelled_differently"]
    assert "“Effusion”" in quoted[0].message


def test_an_empty_draft_is_told_everything_that_is_missing_once() -> None:
    empty = make_panel("", 0, question="", image=None)
    query = replace(empty, role=PanelRole.QUERY)
    content = make_content(panels=(empty, empty, query), annotations=Annotations())
    codes = _codes(content)
    assert {code: codes.count(code) for code in codes} == {
        "annotation_missing": 6,
        "image_missing": 3,
        "question_missing": 3,
        "answer_missing": 3,
        "source_missing": 3,
        "license_missing": 3,
        "attribution_missing": 3,
        "no_patient_confirmed_missing": 3,
    }


def test_bringing_an_image_never_leaves_more_to_do() -> None:
    bare = make_image(
        9, source="", license="", attribution="", alt_text="", no_patient_confirmed=False
    )
    before = findings(Draft(content=with_panel(FINE, 0, image=None)))
    after = findings(Draft(content=with_panel(FINE, 0, image=bare)))
    assert len(after) == len(before) - 1


def test_a_question_that_offers_both_answers_is_fine_before_the_second_is_written() -> None:
    asked = "Is it an effusion or a fracture?"
    content = make_content("Effusion", "Fracture", "Effusion")
    panels = tuple(replace(panel, question=asked) for panel in content.panels)
    content = replace(content, panels=panels)
    for answers in (("Effusion", "", ""), ("Effusion", "Effusion", "")):
        begun = content
        for index, answer in enumerate(answers):
            begun = with_panel(begun, index, answer=answer)
        assert "answer_in_question" not in _codes(begun)
    assert "answer_in_question" not in _codes(content)
    same = with_panel(content, 1, answer="Effusion")
    assert "answer_in_question" in _codes(same)


def test_an_image_without_anything_is_asked_four_questions() -> None:
    bare = make_image(
        9, source="", license="", attribution="", alt_text="", no_patient_confirmed=False
    )
    found = findings(Draft(content=with_panel(FINE, 0, image=bare)))
    assert [(finding.panel, finding.field) for finding in found] == [
        (0, "source"),
        (0, "license"),
        (0, "attribution"),
        (0, "no_patient_confirmed"),
    ]


_known = st.frozensets(st.integers(0, 3).map(lambda number: f"{number:064x}"))


@given(contents, fingerprints, _known)
def test_the_rules_have_words_for_any_content_and_never_fail(
    content: ProblemContent, known: dict[str, str], elsewhere: frozenset[str]
) -> None:
    draft = Draft(
        content=content,
        fingerprints=known,
        origins=dict.fromkeys(elsewhere, f"{3:064x}"),
        seen_elsewhere=elsewhere,
        alike_elsewhere=elsewhere,
        unattested_text=elsewhere,
    )
    found = findings(draft)
    for finding in found:
        assert finding.message
        assert finding.panel is None or finding.panel in range(len(content.panels))
        assert _is_shown_somewhere(finding)


def _is_shown_somewhere(finding: Finding) -> bool:
    """Whether a page has a place for it: beside a field, or in the list of the whole problem."""
    of_problem = {"", *Annotations.__slots__}
    of_panel = {"question", "answer", "image", "source", "license", "attribution"}
    return finding.field in (of_problem if finding.panel is None else of_panel) or (
        finding.field == "no_patient_confirmed"
    )


@given(
    st.lists(st.sampled_from(["Effusion", "Fracture", "..."]), min_size=1, max_size=13),
    st.sets(st.integers(0, 30), max_size=2),
)
def test_a_draft_is_blocked_exactly_when_a_release_would_lack_something(
    answers: list[str], without_image: set[int]
) -> None:
    content = make_content(*answers)
    for index in without_image & set(range(len(answers))):
        content = with_panel(content, index, image=None)
    is_whole = (
        MIN_EXAMPLES <= len(answers) - 1 <= MAX_EXAMPLES
        and set(answers) == {"Effusion", "Fracture"}
        and len(content.images) == len(answers)
    )
    found = findings(Draft(content=content))
    assert any(finding.is_error for finding in found) == (not is_whole)
