"""What is set side by side, and what each fix would change."""

from dataclasses import replace

import pytest
from hypothesis import given

from curation.domain.answers import normalize
from curation.domain.consistency import Fix, Inconsistency, find_fix, inconsistencies
from curation.domain.content import ProblemContent
from curation.domain.rules import Draft, findings
from tests.curation.domain.contents import contents, make_content, with_panel


def _found(content: ProblemContent, code: str) -> Inconsistency:
    (found,) = [found for found in inconsistencies(content) if found.code == code]
    return found


def _applied(content: ProblemContent, fix: Fix) -> ProblemContent:
    for change in fix.changes:
        panel = content.panels[change.panel]
        assert getattr(panel, change.field).strip() == change.before
        content = with_panel(content, change.panel, **{change.field: change.after})
    return content


def _answers(content: ProblemContent) -> list[str]:
    return [panel.answer for panel in content.panels]


def test_a_consistent_problem_has_nothing_to_set_side_by_side() -> None:
    assert inconsistencies(make_content()) == ()


def test_forms_of_one_answer_are_offered_for_all_the_most_frequent_first() -> None:
    content = make_content("yes.", "No", "Yes", "Yes")
    found = _found(content, "answer_spelled_differently")
    assert dict(found.texts) == {0: "yes.", 2: "Yes", 3: "Yes"}
    assert [fix.label for fix in found.fixes] == [
        "Write “Yes” in all 3 panels",
        "Write “yes.” in all 3 panels",
    ]
    assert _answers(_applied(content, found.fixes[0])) == ["Yes", "No", "Yes", "Yes"]


def test_two_panels_are_both() -> None:
    found = _found(make_content("A mass", "No", "a mass"), "answer_spelled_differently")
    assert found.fixes[0].label == "Write “A mass” in both panels"


@pytest.mark.parametrize(
    ("answers", "code", "label", "after"),
    [
        (
            ("Effusion", "fracture", "Effusion"),
            "answers_differ_in_capital",
            "Start every answer with a capital",
            ["Effusion", "Fracture", "Effusion"],
        ),
        (
            ("effusion", "Fracture", "effusion"),
            "answers_differ_in_capital",
            "Start every answer with a small letter",
            ["effusion", "fracture", "effusion"],
        ),
        (
            ("Effusion", "Fracture.", "Effusion"),
            "answers_differ_in_full_stop",
            "End no answer with a full stop",
            ["Effusion", "Fracture", "Effusion"],
        ),
        (
            ("Effusion.", "Fracture", "Effusion."),
            "answers_differ_in_full_stop",
            "End every answer with a full stop",
            ["Effusion.", "Fracture.", "Effusion."],
        ),
        (
            ("Effusion", "Rib \t fracture \nleft", "Effusion"),
            "answers_differ_in_spaces",
            "Take out the extra spaces",
            ["Effusion", "Rib fracture\nleft", "Effusion"],
        ),
    ],
)
def test_the_shortest_way_to_one_form_comes_first(
    answers: tuple[str, ...], code: str, label: str, after: list[str]
) -> None:
    content = make_content(*answers)
    first = _found(content, code).fixes[0]
    assert first.label == label
    assert _answers(_applied(content, first)) == after


def test_only_the_odd_ones_are_listed_and_the_others_counted() -> None:
    content = make_content("Effusion", "Fracture.", "Effusion", "Fracture", "Effusion")
    found = _found(content, "answers_differ_in_full_stop")
    assert (dict(found.texts), found.others) == ({1: "Fracture."}, 4)


def test_answers_that_start_with_no_letter_are_no_odd_ones() -> None:
    content = make_content("Effusion", "3 ribs", "fracture", "Effusion")
    found = _found(content, "answers_differ_in_capital")
    assert dict(found.texts) == {2: "fracture"}
    assert _answers(_applied(content, found.fixes[0]))[1] == "3 ribs"


@pytest.mark.parametrize("name", ["CT", "T2 signal", "A", "mRNA"])
def test_a_word_that_is_spelled_as_it_must_be_stays(name: str) -> None:
    content = make_content(name, "fracture", "Effusion", name)
    fixes = _found(content, "answers_differ_in_capital").fixes
    assert all(_applied(content, fix).panels[0].answer == name for fix in fixes)


def test_a_letter_without_a_capital_of_its_own_stays() -> None:
    found = _found(make_content("ßeta", "Fracture", "Fracture"), "answers_differ_in_capital")
    assert [fix.label for fix in found.fixes] == ["Start every answer with a small letter"]


def test_what_would_not_lead_all_the_way_is_not_offered() -> None:
    found = _found(make_content("CT", "fracture", "CT"), "answers_differ_in_capital")
    assert [fix.label for fix in found.fixes] == ["Start every answer with a capital"]


@pytest.mark.parametrize(
    ("answers", "code", "odd"),
    [
        (("Left mass", "Mass", "Effusion", "Mass"), "answers_differ_in_side", {0: "Left mass"}),
        (
            ("Mass", "A fracture of the third rib", "Mass"),
            "answers_differ_in_length",
            {1: "A fracture of the third rib"},
        ),
    ],
)
def test_what_only_a_person_can_tell_has_no_fix(
    answers: tuple[str, ...], code: str, odd: dict[int, str]
) -> None:
    found = _found(make_content(*answers), code)
    assert (dict(found.texts), found.fixes) == (odd, ())


def test_one_question_can_be_asked_everywhere() -> None:
    content = with_panel(make_content(), 1, question="Which bone is broken?")
    found = _found(content, "question_differs")
    assert found.fixes[0].label == "Ask “What does this image show?” in all 3 panels"
    questions = {panel.question for panel in _applied(content, found.fixes[0]).panels}
    assert questions == {"What does this image show?"}


def test_a_long_question_is_quoted_in_part_and_written_in_full() -> None:
    long = "Which of the many things that one can see here is not as it should be, and why?"
    content = with_panel(make_content(), 0, question=long)
    fixes = _found(content, "question_differs").fixes
    (fix,) = [fix for fix in fixes if "Which of" in fix.label]
    assert "…” in all 3 panels" in fix.label
    assert {change.after for change in fix.changes} == {long}


def test_a_key_names_the_exact_texts() -> None:
    content = make_content("Effusion", "fracture", "Effusion")
    (fix, *_) = _found(content, "answers_differ_in_capital").fixes
    assert find_fix(content, fix.key) == fix
    assert find_fix(with_panel(content, 1, answer="fractures"), fix.key) is None
    turned = replace(content, panels=(content.panels[1], content.panels[0], content.panels[2]))
    assert find_fix(turned, fix.key) is None
    assert find_fix(content, "") is None


@given(contents)
def test_every_fix_of_any_content_does_what_it_says_and_ends_its_finding(
    content: ProblemContent,
) -> None:
    for found in inconsistencies(content):
        assert found.texts
        for fix in found.fixes:
            assert fix.changes
            mended = _applied(content, fix)
            assert _mended_count(mended, found.code) < _mended_count(content, found.code)
            if not found.code.startswith("question"):
                assert list(map(normalize, _answers(mended))) == list(
                    map(normalize, _answers(content))
                )


def _mended_count(content: ProblemContent, code: str) -> int:
    return sum(finding.code == code for finding in findings(Draft(content=content)))
