"""The page of a panel: saving, conflicts, buttons, and what it refuses."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation import arranging, authoring
from curation.domain.versions import version_of
from curation.models import Problem
from curation.saving import facts_of
from tests.curation.writing import ACTIONS, FACTS, WORDS, Desk, make_desk
from tests.factories import Shown, make_image, make_person, make_problem

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
        accepted_variants=panel.accepted_variants,
    )


def _page_of(answer: Any) -> dict[str, str]:
    """What a browser holds of the page: every field with its version."""
    reader = _Reader()
    reader.feed(answer.content.decode())
    return reader.held


class _Reader(HTMLParser):
    """Hidden fields by name, and what the controls beside them say."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, str] = {}
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        name = told.get("name", "")
        if tag == "input" and (told.get("type") != "checkbox" or "checked" in told):
            self.held[name] = told.get("value", "on")
        self._area = name if tag == "textarea" else ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.held[self._area] = self.held.get(self._area, "") + data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        self._area = ""


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

    def test_with_scripts_a_save_answers_new_versions_and_findings_and_no_control(
        self, desk: Desk
    ) -> None:
        answer = desk.send(has_scripts=True, answer="")
        part = answer.content.decode()
        assert answer.status_code == 200
        assert "<html" not in part
        assert 'name="question"' not in part
        assert desk.version() == desk.problem.version + 1
        assert _page_of(answer)["answer_from"] == version_of("")
        assert _page_of(answer)["question_from"] == version_of(WORDS["question"])
        ids = set(re.findall(r'id="([\w-]+)"', part))
        assert {"saved-note", "strip", "findings", "id_answer_helptext"} <= ids
        assert not ids & {"id_question", "id_answer", "id_source"}
        assert "data-saved" in part
        assert "Write the answer." in part
        assert "HX-Request" in answer["Vary"]

    def test_the_page_is_whole_when_scripts_did_not_ask(self, desk: Desk) -> None:
        page = desk.client.get(desk.address())
        assert page.status_code == 200
        assert "<html" in page.content.decode()
        shown = {name: text for name, text in desk.shown().items() if name != "license"}
        assert _page_of(page).items() >= shown.items()

    def test_after_the_last_panel_comes_what_about_lacks_then_the_overview(
        self, desk: Desk
    ) -> None:
        query = desk.panel(desk.problem.panels.count() - 1)
        assert desk.client.get(desk.address(panel=query)).content.count(b"Next: Overview") == 2
        Problem.objects.filter(pk=desk.problem.pk).update(rarity="")
        lacking = desk.client.get(desk.address(panel=query)).content
        assert lacking.count(b"Next: About") == 2
        assert b"Next: Overview" not in lacking

    def test_a_model_is_offered_only_for_a_draft_that_holds_something(self, desk: Desk) -> None:
        assert b"Try it on a model" in desk.client.get(desk.address()).content
        desk.problem.panels.update(image=None, question="", answer="")
        assert b"Try it on a model" not in desk.client.get(desk.address()).content

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
        desk.send(**{**FACTS, "no_patient_confirmed": None})
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
        sent: dict[str, Any] = {**FACTS, "since": desk.shown(), "question": "Two\r\nlines "}
        first = desk.send(has_scripts=has_scripts, **sent)
        stored, version = desk.panel().content(), desk.version()
        second = desk.send(has_scripts=has_scripts, **sent)
        assert second.status_code == first.status_code == (200 if has_scripts else 302)
        assert (desk.panel().content(), desk.version()) == (stored, version)
        if has_scripts:
            assert _page_of(second)["question_from"] == version_of("Two\nlines")


class TestFields:
    """Two windows on one panel: fields are saved one by one."""

    @pytest.mark.parametrize("has_scripts", [True, False])
    def test_two_windows_in_different_fields_are_no_conflict(
        self, desk: Desk, *, has_scripts: bool
    ) -> None:
        since = desk.shown()
        _elsewhere(desk)
        answer = desk.send(
            has_scripts=has_scripts, since=since, **{**WORDS, "answer": since["answer"]}
        )
        assert answer.status_code == (200 if has_scripts else 302)
        assert (desk.panel().question, desk.panel().answer) == (WORDS["question"], OTHER)

    def test_what_another_window_wrote_comes_along_for_a_field_nobody_touched(
        self, desk: Desk
    ) -> None:
        since = desk.shown()
        _elsewhere(desk, "Written <b>elsewhere</b>")
        part = desk.send(has_scripts=True, since=since, answer=since["answer"]).content.decode()
        version = version_of("Written <b>elsewhere</b>")
        assert f'data-newer="answer" data-version="{version}"' in part
        assert "Written &lt;b&gt;elsewhere&lt;/b&gt;</textarea>" in part
        assert 'name="answer_from"' not in part

    def test_a_page_that_lacks_a_field_leaves_it_as_it_is(self, desk: Desk) -> None:
        before = desk.panel().answer
        since = {name: text for name, text in desk.shown().items() if "answer" not in name}
        assert desk.send(since=since, answer=None).status_code == 302
        assert desk.panel().answer == before

    def test_a_text_sent_without_its_version_overwrites_nothing(self, desk: Desk) -> None:
        before = desk.panel().answer
        answer = desk.send(since={})
        assert answer.status_code == 409
        assert desk.panel().answer == before
        assert before in answer.content.decode()

    def test_a_change_of_another_panel_is_no_conflict(self, desk: Desk) -> None:
        since = desk.shown()
        _elsewhere(desk, index=1)
        assert desk.send(since=since).status_code == 302
        assert desk.panel(1).answer == OTHER

    def test_a_moved_panel_is_saved_where_it_is_now(self, desk: Desk) -> None:
        since, panel = desk.shown(), desk.panel()
        arranging.move_panel(panel, to=1)
        assert desk.send(panel=panel, since=since, answer="Moved").status_code == 302
        assert desk.panel(1).answer == "Moved"


class TestConflicts:
    """Two windows in one field: both texts are shown, none is lost, and one is chosen."""

    @each_action
    @pytest.mark.parametrize("has_scripts", [True, False])
    def test_a_stale_field_is_not_stored_the_others_are_and_both_texts_are_shown(
        self, desk: Desk, name: str, *, has_scripts: bool
    ) -> None:
        since = desk.shown()
        _elsewhere(desk)
        answer = desk.send(name, since=since, has_scripts=has_scripts)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert (desk.panel().question, desk.panel().answer) == (WORDS["question"], OTHER)
        assert desk.problem.panels.count() == 4
        assert OTHER in page
        assert 'data-conflict="answer"' in page
        assert 'data-conflict="question"' not in page
        assert ("<html" in page) == (not has_scripts)
        is_button = name != "panel_edit"
        assert answer.get("HX-Retarget") == ("#editor" if has_scripts and is_button else None)
        # A script leaves the control alone; any other page holds what was typed.
        assert ('<textarea name="answer"' in page) == (is_button or not has_scripts)
        if '<textarea name="answer"' in page:
            assert _page_of(answer)["answer"] == WORDS["answer"]

    @pytest.mark.parametrize("has_scripts", [True, False])
    def test_saving_again_without_a_choice_is_a_conflict_again(
        self, desk: Desk, *, has_scripts: bool
    ) -> None:
        since = desk.shown()
        _elsewhere(desk)
        held = since | _page_of(desk.send(since=since, has_scripts=has_scripts))
        again = desk.send(since=held, has_scripts=has_scripts, answer=WORDS["answer"])
        assert again.status_code == 409
        assert desk.panel().answer == OTHER

    @pytest.mark.parametrize(
        ("choice", "kept"), [("mine", WORDS["answer"]), ("stored", OTHER)], ids=str
    )
    def test_a_choice_settles_it(self, desk: Desk, choice: str, kept: str) -> None:
        since = desk.shown()
        _elsewhere(desk)
        held = _page_of(desk.send(since=since))
        assert held["answer_seen"] == version_of(OTHER)
        answer = desk.send(since=held, answer=held["answer"], answer_choice=choice)
        assert answer.status_code == 302
        assert desk.panel().answer == kept

    @pytest.mark.parametrize("choice", ["mine", "stored"])
    def test_a_choice_never_overwrites_a_text_it_has_not_seen(
        self, desk: Desk, choice: str
    ) -> None:
        since = desk.shown()
        _elsewhere(desk)
        held = _page_of(desk.send(since=since))
        _elsewhere(desk, "Written later still")
        desk.send(since=held, answer=held["answer"], answer_choice=choice)
        assert desk.panel().answer == "Written later still"

    def test_white_space_inside_a_text_is_a_difference(self, desk: Desk) -> None:
        since = desk.shown()
        desk.send(question="Two\nlines")
        assert desk.send(since=since, question="Two lines").status_code == 409
        assert desk.panel().question == "Two\nlines"

    def test_facts_in_conflict_are_neither_stored_nor_lost(self, desk: Desk) -> None:
        since = desk.shown()
        desk.send(**FACTS)
        answer = desk.send(since=since, **{**FACTS, "source": "Another archive", "license": "MIT"})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert _page_of(answer)["source"] == "Another archive"
        assert '<option value="MIT" selected>' in page
        assert "Our archive" in page
        assert ">CC BY 4.0</p>" in page
        image = desk.panel().image
        assert image is not None
        assert (image.source, image.license) == ("Our archive", "CC-BY-4.0")

    def test_a_confirmation_taken_back_elsewhere_is_not_given_again_unasked(
        self, desk: Desk
    ) -> None:
        since = desk.shown()
        desk.send(**{**FACTS, "no_patient_confirmed": None})
        desk.send(since=since, attribution="Somebody")
        image = desk.panel().image
        assert image is not None
        assert (image.attribution, image.no_patient_confirmed_at) == ("The clinic", None)

    def test_a_refused_form_does_not_get_a_version_it_has_not_seen(self, desk: Desk) -> None:
        since = desk.shown()
        _elsewhere(desk)
        answer = desk.send(since=since, question="x" * 5000)
        assert answer.status_code == 422
        held = _page_of(answer)
        assert held["answer_from"] == since["answer_from"]
        assert desk.send(since=held, question="Short").status_code == 409


class TestReplacedImages:
    """Facts belong to the image that the page showed."""

    def test_facts_of_an_image_that_was_replaced_are_kept_with_it(self, desk: Desk) -> None:
        since, before = desk.shown(), desk.panel().image
        assert before is not None
        image = make_image(desk.author)
        arranging.place_image(desk.panel(), image=image)
        assert desk.send(since=since, **FACTS).status_code == 302
        before.refresh_from_db()
        image.refresh_from_db()
        assert (before.source, image.source) == ("Our archive", "Made for tests")

    def test_facts_in_conflict_of_an_image_that_was_replaced_are_shown(self, desk: Desk) -> None:
        since = desk.shown()
        desk.send(**FACTS)
        image = make_image(desk.author)
        arranging.place_image(desk.panel(), image=image)
        answer = desk.send(since=since, source="Another archive")
        assert answer.status_code == 409
        assert "<q>Another archive</q>" in answer.content.decode()

    def test_a_script_is_told_that_the_image_is_another(self, desk: Desk) -> None:
        since = desk.shown()
        desk.send("image_remove")
        part = desk.send(since=since, has_scripts=True, **FACTS).content.decode()
        assert "The image was changed in another window." in part
        assert 'name="source_from"' not in part

    def test_an_image_of_somebody_else_is_not_described(self, desk: Desk) -> None:
        other = make_image(make_person(is_author=True))
        shown = facts_of(other)
        versions = {f"{name}_from": version_of(text) for name, text in shown.items()}
        answer = desk.send(since={**desk.shown(), **versions}, describes=str(other.pk), **FACTS)
        assert answer.status_code == 409
        other.refresh_from_db()
        assert other.source == "Made for tests"


class TestAskingEverywhere:
    """One question for all panels, typed once."""

    def _questions(self, desk: Desk) -> list[str]:
        return [panel.question for panel in desk.problem.panels.in_order()]

    def _ask(self, desk: Desk, index: int, question: str) -> None:
        panel = desk.panel(index)
        panel.question = question
        panel.save(update_fields=["question"])

    def test_it_is_offered_checked_while_all_panels_ask_the_same(self, desk: Desk) -> None:
        assert _page_of(desk.client.get(desk.address()))["asks_everywhere"] == "on"
        self._ask(desk, 2, "")
        assert _page_of(desk.client.get(desk.address()))["asks_everywhere"] == "on"
        self._ask(desk, 2, "Something else?")
        page = desk.client.get(desk.address())
        assert "asks_everywhere" not in _page_of(page)
        assert "1 other panel asks something else." in page.content.decode()

    def test_a_question_goes_to_panels_that_ask_the_same_or_nothing(self, desk: Desk) -> None:
        self._ask(desk, 1, "")
        self._ask(desk, 2, "Something else?")
        desk.send(asks_everywhere="on")
        asked = WORDS["question"]
        assert self._questions(desk) == [asked, asked, "Something else?", asked]
        assert desk.version() == desk.problem.version + 1

    def test_unchecked_it_stays_in_its_panel(self, desk: Desk) -> None:
        common = desk.panel().question
        desk.send()
        assert self._questions(desk) == [WORDS["question"], common, common, common]

    def test_checked_later_it_fills_what_is_empty_although_the_question_stays(
        self, desk: Desk
    ) -> None:
        self._ask(desk, 1, "")
        desk.send(question=desk.panel().question, asks_everywhere="on")
        assert len(set(self._questions(desk))) == 1

    def test_a_question_in_conflict_goes_nowhere(self, desk: Desk) -> None:
        since = desk.shown()
        desk.send(question="Written elsewhere?")
        before = self._questions(desk)
        assert desk.send(since=since, asks_everywhere="on").status_code == 409
        assert self._questions(desk) == before

    def test_a_panel_open_elsewhere_finds_its_own_question_in_conflict(self, desk: Desk) -> None:
        since, second = desk.shown(desk.panel(1)), desk.panel(1)
        desk.send(asks_everywhere="on")
        answer = desk.send(panel=second, since=since, question="My own?")
        assert answer.status_code == 409
        assert desk.panel(1).question == WORDS["question"]

    def test_a_button_uses_it_in_every_panel_whatever_they_asked(self, desk: Desk) -> None:
        self._ask(desk, 2, "Something else?")
        answer = desk.send(use_question="1")
        assert answer["Location"] == desk.address()
        assert set(self._questions(desk)) == {WORDS["question"]}
        page = desk.client.get(desk.address()).content.decode()
        assert "Every panel asks this now." in page


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
        assert _page_of(answer)["answer_from"] == version_of(WORDS["answer"])

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
