"""What a page says of a draft: panel by panel, and where to go for each."""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation import authoring, workflow
from curation.domain.content import Annotations
from curation.models import Panel, Problem, User
from curation.views.showing import checked, first_unfinished
from tests.curation.writing import FACTS, Desk, make_desk
from tests.factories import Shown, make_person, make_problem

pytestmark = pytest.mark.django_db
ALL = Annotations(
    specialty="radiology",
    answer_format="binary",
    image_type="xray",
    cognitive_process="reasoning",
    rarity="rare",
    difficulty="hard",
)


@pytest.fixture
def author() -> User:
    return make_person(is_author=True)


@pytest.fixture
def desk(client: Client) -> Desk:
    return make_desk(client)


def _loaded(problem: Problem) -> Problem:
    return Problem.objects.with_panels().get(pk=problem.pk)


def _groups(problem: Problem) -> dict[str, list[str]]:
    """What blocks it: place by place the words of what is missing, then what is said."""
    return {
        group.place.words: [link.words for link in group.missing]
        + [said.finding.message for said in group.said]
        for group in checked(_loaded(problem)).groups
    }


class TestGroups:
    """What blocks submitting."""

    def test_a_new_problem_is_told_what_to_fill_in_and_nothing_is_wrong(self, author: User) -> None:
        problem = authoring.start_problem(author)
        check = checked(_loaded(problem))
        assert _groups(problem) == {
            "About": ["6 to choose"],
            "Example 1": ["image and 4 facts about it", "question", "answer"],
            "Example 2": ["image and 4 facts about it", "question", "answer"],
            "Query": ["image and 4 facts about it", "question", "answer"],
        }
        assert (check.wrong_count, check.missing_count, check.warned) == (0, 27, [])
        assert [(shown.has_errors, shown.progress) for shown in check.panels] == [
            (False, "7 missing")
        ] * 3
        assert check.open_annotations == 6

    def test_few_annotations_are_named(self, author: User) -> None:
        problem = make_problem(author)
        chosen = replace(ALL, rarity="", image_type="")
        authoring.annotate(problem, version=problem.version, annotations=chosen)
        assert _groups(problem) == {"About": ["image type", "rarity"]}

    def test_what_is_wrong_is_said_at_its_panel_and_of_all_panels_at_the_end(
        self, author: User
    ) -> None:
        examples = (Shown(answer="Yes"), Shown(answer="yes"))
        problem = make_problem(author, examples=examples, query=Shown(answer="Yes"))
        groups = _groups(problem)
        assert list(groups) == ["Example 2", "All panels"]
        assert "“Yes”" in groups["Example 2"][0]
        assert [shown.has_errors for shown in checked(_loaded(problem)).panels] == [
            False,
            True,
            False,
        ]

    def test_facts_of_an_image_are_missing_in_words(self, desk: Desk) -> None:
        Panel.objects.exclude(pk=desk.panel().pk).update(image=None)
        desk.send(source="", license="", attribution="", no_patient_confirmed=None)
        assert _groups(desk.problem)["Example 1"] == [
            "source",
            "license",
            "attribution",
            "no-patient confirmation",
        ]

    def test_every_link_leads_to_a_field_that_is_there(self, client: Client, author: User) -> None:
        problem = authoring.start_problem(author)
        client.force_login(author)
        groups = checked(_loaded(problem)).groups
        links = [link for group in groups for link in (group.place, *group.missing)]
        assert len(links) == 4 + 1 + 9
        for link in links:
            address, _, field = link.address.partition("#")
            page = client.get(address)
            assert page.status_code == 200
            assert not field or f'id="{field}"' in page.content.decode()

    def test_every_finding_of_a_whole_problem_leads_to_a_place_that_is_there(
        self, client: Client, author: User
    ) -> None:
        problem = make_problem(author, examples=(Shown(answer="a"),), query=Shown(answer="a"))
        client.force_login(author)
        check = checked(_loaded(problem))
        for finding in check.findings:
            address, _, field = check.link(finding).address.partition("#")
            assert f'id="{field}"' in client.get(address).content.decode()


class TestUnfinished:
    """Where to go on."""

    def test_the_first_panel_that_lacks_something_comes_first(self, author: User) -> None:
        problem = authoring.start_problem(author)
        first = problem.panels.in_order()[0]
        assert first_unfinished(checked(_loaded(problem))) == (first, "upload")

    def test_then_the_annotations(self, author: User) -> None:
        problem = make_problem(author)
        chosen = replace(ALL, rarity="")
        authoring.annotate(problem, version=problem.version, annotations=chosen)
        assert first_unfinished(checked(_loaded(problem))) == (None, "id_rarity")

    def test_then_nothing(self, author: User) -> None:
        assert first_unfinished(checked(_loaded(make_problem(author)))) == (None, "")

    def test_an_answer_that_is_wrong_is_unfinished_too(self, author: User) -> None:
        problem = make_problem(author)
        Panel.objects.filter(problem=problem, position=2).update(answer="...")
        place, anchor = first_unfinished(checked(_loaded(problem)))
        assert place is not None
        assert (place.position, anchor) == (2, "id_answer")


class TestWarnings:
    """One entry a kind, explained on any page."""

    def test_one_kind_is_listed_once_with_its_panels(self, desk: Desk) -> None:
        (warned,) = checked(_loaded(desk.problem)).warned
        assert warned.code == "image_small"
        ((_, links),) = warned.said.items()
        assert [link.words for link in links] == ["Example 1", "Example 2", "Example 3", "Query"]
        assert [link.short for link in links] == ["1", "2", "3", "Query"]

    @pytest.mark.parametrize("page", ["problem_overview", "problem_edit", "panel_edit"])
    def test_it_is_explained_from_where_it_is_read(self, desk: Desk, page: str) -> None:
        is_panel = page == "panel_edit"
        here = desk.address() if is_panel else reverse(f"curation:{page}", args=[desk.problem.pk])
        shown = desk.client.get(here).content.decode()
        form = shown[shown.index('<form id="explain-image_small"') :].partition("</form>")[0]
        sent = dict(re.findall('name="(from|code|text_from)"[^>]* value="([^"]*)"', form))
        sent["text"] = "They are discs."
        answer = desk.client.post(reverse("curation:warning_explain", args=[desk.problem.pk]), sent)
        assert answer["Location"] == f"{here}#findings"
        assert _loaded(desk.problem).explanations == {"image_small": "They are discs."}
        assert "They are discs." in desk.client.get(here).content.decode()

    def test_a_save_of_the_panel_leaves_an_explanation_that_is_being_typed(
        self, desk: Desk
    ) -> None:
        part = desk.send(has_scripts=True).content.decode()
        assert 'id="explaining-image_small" hx-preserve' in part

    def test_what_was_explained_is_counted_apart(self, desk: Desk) -> None:
        page = reverse("curation:problem_overview", args=[desk.problem.pk])
        assert "1 to look at" in desk.client.get(page).content.decode()
        Problem.objects.filter(pk=desk.problem.pk).update(explanations={"image_small": "Discs."})
        shown = desk.client.get(page).content.decode()
        assert "1 explained" in shown
        assert "to look at" not in shown

    def test_a_problem_of_the_author_that_shows_the_picture_is_named(self, author: User) -> None:
        examples = (Shown(answer="A", picture=7), Shown(answer="B"))
        other = make_problem(author, examples=examples)
        mine = make_problem(author, examples=examples)
        (warned,) = [
            one for one in checked(_loaded(mine)).warned if one.code == "image_seen_elsewhere"
        ]
        assert [link.address for link in warned.elsewhere] == [
            reverse("curation:problem_overview", args=[other.pk])
        ]

    def test_a_problem_of_another_is_not_named(self, author: User, client: Client) -> None:
        examples = (Shown(answer="A", picture=7), Shown(answer="B"))
        other = make_problem(
            examples=examples, query=Shown(answer="A", question="What do others ask?")
        )
        mine = make_problem(author, examples=examples)
        client.force_login(author)
        page = client.get(reverse("curation:problem_overview", args=[mine.pk])).content.decode()
        assert "Another problem of the collection shows the same picture." in page
        assert str(other.pk) not in page
        assert "What do others ask?" not in page

    def test_what_is_no_longer_noticed_is_shown_until_it_is_submitted(self, desk: Desk) -> None:
        said = {"image_small": "Discs.", "question_differs": "On purpose."}
        Problem.objects.filter(pk=desk.problem.pk).update(explanations=said)
        page = desk.client.get(reverse("curation:problem_overview", args=[desk.problem.pk]))
        assert page.context["check"].unneeded == [("question differs", "On purpose.")]
        assert "On purpose." in page.content.decode()
        problem = _loaded(desk.problem)
        revision = workflow.submit(problem, by=desk.author, version=problem.version)
        assert revision.explanations == {"image_small": "Discs."}
        assert _loaded(desk.problem).explanations == {"image_small": "Discs."}


def _save(desk: Desk) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert desk.send(has_scripts=True, **FACTS).status_code == 200
    return len(asked)


def _desk(client: Client, **made: Any) -> Desk:
    problem = make_problem(**made)
    client.force_login(problem.author)
    return Desk(client, problem.author, problem)


def test_a_save_asks_the_database_as_often_for_many_panels_as_for_few(client: Client) -> None:
    few = _desk(client, examples=(Shown(answer="Left"), Shown(answer="Right")))
    many = _desk(client, examples=tuple(Shown(answer=f"Answer {n}") for n in range(10)))
    counts = []
    for desk in (few, many):
        client.force_login(desk.author)
        _save(desk)
        counts.append(_save(desk))
    assert counts[0] == counts[1]
    assert counts[0] <= 20


def test_one_typo_is_said_once_with_the_buttons_that_mend_it(author: User) -> None:
    examples = (Shown(answer="Head"), Shown(answer="head."), Shown(answer="Neck"))
    check = checked(_loaded(make_problem(author, examples=examples, query=Shown(answer="Head"))))
    assert check.inconsistencies == []
    assert not [one for one in check.warned if one.code.startswith("answers_differ")]
    (said,) = [said for group in check.groups for said in group.said]
    assert said.fixes[0].label == "Write “Head” in all 3 panels"
    assert check.fix_at(0) is None
    assert check.fix_at(1) == said.fixes[0]
    assert (check.open_words, check.panels[1].progress) == ("1 to fix", "1 to fix")
