"""The page of a panel: saving, conflicts, buttons, and what it refuses."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation import authoring, workflow
from tests.curation.writing import ACTIONS, FACTS, WORDS, Desk, make_desk
from tests.factories import Shown, make_problem

pytestmark = pytest.mark.django_db

OTHER = "Written in another window"
each_action = pytest.mark.parametrize("name", ["panel_edit", *ACTIONS])


@pytest.fixture
def desk(client: Client) -> Desk:
    return make_desk(client)


def _elsewhere(desk: Desk, answer: str = OTHER, index: int = 0) -> None:
    """Another window writes an answer."""
    panel = desk.panel(index)
    authoring.write_panel(
        panel,
        version=panel.problem.version,
        question=panel.question,
        answer=answer,
        accepted_variants=[],
    )


def _version_in(answer: Any) -> int:
    """The version that the next save of this page starts from."""
    (version,) = re.findall(r'name="version" id="version" value="(\w+)"', answer.content.decode())
    return int(version)


def _submit(desk: Desk) -> None:
    workflow.submit(desk.problem, by=desk.author, version=desk.version())


class TestSaving:
    """Words and facts arrive as they were typed."""

    def test_without_scripts_a_save_is_stored_and_leads_back(self, desk: Desk) -> None:
        answer = desk.send(**FACTS)
        assert (answer.status_code, answer["Location"]) == (302, desk.address())
        panel = desk.panel()
        assert (panel.question, panel.answer) == (WORDS["question"], WORDS["answer"])
        assert panel.accepted_variants == ["On the left", "left-sided"]
        assert panel.image is not None
        assert (panel.image.source, panel.image.alt_text) == ("Our archive", "A chest")
        page = desk.client.get(answer["Location"]).content.decode()
        assert "Saved." in page
        assert WORDS["question"] in page

    def test_with_scripts_a_save_answers_the_new_version_and_the_findings_only(
        self, desk: Desk
    ) -> None:
        answer = desk.send(has_scripts=True, answer="")
        part = answer.content.decode()
        assert answer.status_code == 200
        assert "<html" not in part
        assert 'name="answer"' not in part
        assert _version_in(answer) == desk.version() == desk.problem.version + 1
        assert "Write the answer." in part
        assert {"saved-note", "version", "strip", "findings", "id_answer_helptext"} <= set(
            re.findall(r'id="([\w-]+)"', part)
        )
        assert "HX-Request" in answer["Vary"]

    def test_the_page_is_whole_when_scripts_did_not_ask(self, desk: Desk) -> None:
        page = desk.client.get(desk.address())
        assert page.status_code == 200
        assert "<html" in page.content.decode()
        assert _version_in(page) == desk.problem.version

    def test_an_image_is_described_only_by_a_form_that_showed_it(self, desk: Desk) -> None:
        desk.send()
        image = desk.panel().image
        assert image is not None
        assert image.source == "Made for tests"
        assert image.no_patient_confirmed_at is not None

    def test_the_confirmation_can_be_taken_back_and_keeps_its_first_time(self, desk: Desk) -> None:
        before = desk.panel().image
        assert before is not None
        desk.send(**FACTS)
        kept = desk.panel().image
        assert kept is not None
        assert kept.no_patient_confirmed_at == before.no_patient_confirmed_at
        desk.send(**{name: value for name, value in FACTS.items() if name[:2] != "no"})
        opened = desk.panel().image
        assert opened is not None
        assert opened.no_patient_confirmed_at is None

    def test_line_ends_and_composed_letters_are_kept_in_one_form(self, desk: Desk) -> None:
        desk.send(question="Two\r\nlines\rand e\u0301", accepted_variants="a\r\n\r\n b ")
        panel = desk.panel()
        assert panel.question == "Two\nlines\nand \u00e9"
        assert panel.accepted_variants == ["a", "b"]

    def test_line_ends_of_a_browser_do_not_make_a_text_too_long(self, desk: Desk) -> None:
        longest = "\r\n".join(["x" * 1999, "y" * 2000])
        assert desk.send(question=longest).status_code == 302

    @pytest.mark.parametrize("has_scripts", [True, False])
    def test_the_same_form_sent_twice_is_harmless(self, desk: Desk, *, has_scripts: bool) -> None:
        sent: dict[str, Any] = {**FACTS, "version": desk.version(), "question": "Two\r\nlines "}
        first = desk.send(has_scripts=has_scripts, **sent)
        stored, version = desk.panel().content(), desk.version()
        second = desk.send(has_scripts=has_scripts, **sent)
        assert second.status_code == first.status_code == (200 if has_scripts else 302)
        assert (desk.panel().content(), desk.version()) == (stored, version)
        if has_scripts:
            assert _version_in(second) == version


class TestConflicts:
    """Two windows on one draft: both texts are shown, none is lost."""

    @each_action
    @pytest.mark.parametrize("has_scripts", [True, False])
    def test_a_stale_form_stores_nothing_and_shows_both_texts(
        self, desk: Desk, name: str, *, has_scripts: bool
    ) -> None:
        held = desk.version()
        _elsewhere(desk)
        stored = desk.panel().content()
        answer = desk.send(name, version=held, has_scripts=has_scripts)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert desk.panel().content() == stored
        assert desk.version() == held + 1
        assert OTHER in page
        for text in WORDS.values():
            assert text in page
        assert ("<html" in page) == (not has_scripts)
        assert answer.get("HX-Retarget") == ("#editor" if has_scripts else None)

    def test_saving_the_page_of_a_conflict_again_stores_it(self, desk: Desk) -> None:
        held = desk.version()
        _elsewhere(desk)
        version = _version_in(desk.send(version=held))
        assert version == desk.version()
        assert desk.send(version=version).status_code == 302
        assert desk.panel().answer == WORDS["answer"]

    def test_a_change_of_another_panel_is_a_conflict_too_and_loses_nothing(
        self, desk: Desk
    ) -> None:
        held = desk.version()
        _elsewhere(desk, index=1)
        assert desk.send(version=held).status_code == 409
        assert desk.panel(1).answer == OTHER

    def test_other_white_space_is_not_taken_for_the_same_text(self, desk: Desk) -> None:
        held = desk.version()
        desk.send(question="Two\nlines")
        assert desk.send(version=held, question="Two lines").status_code == 409
        assert desk.panel().question == "Two\nlines"

    def test_facts_of_a_stale_form_are_neither_stored_nor_lost(self, desk: Desk) -> None:
        held = desk.version()
        desk.send(**FACTS)
        answer = desk.send(version=held, **{**FACTS, "source": "Another archive"})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "Another archive" in page
        assert "Our archive" in page
        image = desk.panel().image
        assert image is not None
        assert image.source == "Our archive"

    def test_a_form_from_before_the_image_does_not_empty_its_description(self, desk: Desk) -> None:
        held = desk.version()
        _elsewhere(desk)
        page = desk.send(version=held).content.decode()
        assert 'value="Made for tests"' in page

    def test_a_refused_form_does_not_get_a_version_it_has_not_seen(self, desk: Desk) -> None:
        held = desk.version()
        _elsewhere(desk)
        answer = desk.send(version=held, question="x" * 5000)
        assert answer.status_code == 422
        assert _version_in(answer) == held
        assert desk.send(version=_version_in(answer)).status_code == 409


class TestButtons:
    """Every button of the page saves the words first."""

    @pytest.mark.parametrize("name", [name for name in ACTIONS if name != "panel_remove"])
    def test_a_button_saves_the_words_first(self, desk: Desk, name: str) -> None:
        panel = desk.panel()
        desk.send(name, **FACTS)
        panel.refresh_from_db()
        assert (panel.question, panel.answer) == (WORDS["question"], WORDS["answer"])

    def test_a_new_example_opens_with_the_question_just_typed(self, desk: Desk) -> None:
        answer = desk.send("panel_add")
        new = desk.panel(3)
        assert answer["Location"] == desk.address(panel=new)
        assert (new.question, new.answer, new.is_query) == (WORDS["question"], "", False)

    def test_an_eleventh_example_is_refused_with_the_words_kept(self, client: Client) -> None:
        examples = tuple(Shown(answer=f"Answer {number}", picture=1) for number in range(10))
        problem = make_problem(examples=examples)
        client.force_login(problem.author)
        desk = Desk(client, problem.author, problem)
        answer = desk.send("panel_add")
        assert answer.status_code == 422
        assert "at most 10 examples" in answer.content.decode()
        assert desk.panel().answer == WORDS["answer"]
        assert desk.problem.panels.count() == 11
        assert _version_in(answer) == desk.version()

    @pytest.mark.parametrize(
        ("name", "index", "now_at"),
        [
            ("panel_move_earlier", 1, 0),
            ("panel_move_earlier", 0, 0),
            ("panel_move_later", 1, 2),
            ("panel_move_later", 2, 2),
            ("panel_make_query", 0, 3),
        ],
    )
    def test_a_panel_takes_its_place(self, desk: Desk, name: str, index: int, now_at: int) -> None:
        panel = desk.panel(index)
        answer = desk.send(name, panel=panel)
        assert answer["Location"] == desk.address(panel=panel)
        assert desk.panel(now_at) == panel

    def test_the_query_stays_last_and_its_words_are_kept(self, desk: Desk) -> None:
        query = desk.panel(3)
        answer = desk.send("panel_move_earlier", panel=query)
        assert answer.status_code == 422
        assert "always last" in answer.content.decode()
        assert desk.panel(3) == query
        assert desk.panel(3).answer == WORDS["answer"]

    @pytest.mark.parametrize(("index", "next_at"), [(0, 0), (2, 2), (3, 2)])
    def test_a_removed_panel_leads_to_its_neighbor(
        self, desk: Desk, index: int, next_at: int
    ) -> None:
        removed = desk.panel(index)
        answer = desk.send("panel_remove", panel=removed)
        assert answer["Location"] == desk.address(panel=desk.panel(next_at))
        page = desk.client.get(answer["Location"]).content.decode()
        assert f"{removed.label} was removed." in page

    def test_the_last_panel_removed_leads_to_the_annotations(self, desk: Desk) -> None:
        answers = [desk.send("panel_remove") for _ in range(4)]
        about = reverse("curation:problem_edit", args=[desk.problem.pk])
        assert answers[-1]["Location"] == about
        assert desk.client.get(about).status_code == 200

    def test_a_button_on_a_panel_that_is_gone_finds_nothing(self, desk: Desk) -> None:
        panel = desk.panel()
        desk.send("panel_remove", panel=panel)
        assert desk.send("panel_remove", panel=panel).status_code == 404
        assert desk.problem.panels.count() == 3
