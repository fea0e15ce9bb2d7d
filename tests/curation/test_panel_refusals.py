"""Who may not write in a panel, when nobody may, and what no form may send."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation import workflow
from tests.curation.writing import ACTIONS, FACTS, WORDS, Desk, make_desk
from tests.factories import make_person, make_problem

pytestmark = pytest.mark.django_db

each_action = pytest.mark.parametrize("name", ["panel_edit", *ACTIONS])


@pytest.fixture
def desk(client: Client) -> Desk:
    return make_desk(client)


class TestPeople:
    """Only the author writes."""

    @each_action
    def test_another_author_finds_nothing(self, desk: Desk, name: str) -> None:
        desk.client.force_login(make_person(is_author=True))
        assert desk.send(name).status_code == 404
        assert desk.is_untouched()

    @each_action
    @pytest.mark.parametrize("roles", [{"is_editor": True}, {"is_editor": True, "is_author": True}])
    def test_an_editor_who_did_not_write_it_is_refused(
        self, desk: Desk, name: str, roles: dict[str, Any]
    ) -> None:
        desk.client.force_login(make_person(**roles))
        assert desk.send(name).status_code == 403
        assert desk.is_untouched()

    @each_action
    def test_an_author_who_lost_the_role_is_refused(self, desk: Desk, name: str) -> None:
        desk.author.is_author = False
        desk.author.save()
        assert desk.send(name).status_code == 403
        assert desk.is_untouched()

    @each_action
    def test_a_panel_of_one_s_other_problem_is_not_found(self, desk: Desk, name: str) -> None:
        other = make_problem(desk.author).panels.in_order()[0]
        assert desk.send(name, panel=other).status_code == 404
        other.refresh_from_db()
        assert other.answer != WORDS["answer"]
        assert desk.is_untouched()

    @pytest.mark.parametrize("number", [0, 2**63, 10**40])
    def test_a_panel_that_never_was_is_not_found(self, desk: Desk, number: int) -> None:
        address = reverse("curation:panel_edit", args=[desk.problem.pk, number])
        assert desk.client.get(address).status_code == 404
        assert desk.client.post(address, {"version": 1, **WORDS}).status_code == 404


class TestMoments:
    """What is before the reviewers is not written."""

    def test_the_page_of_a_submitted_panel_leads_to_the_overview(self, desk: Desk) -> None:
        workflow.submit(desk.problem, by=desk.author, version=desk.version())
        overview = reverse("curation:problem_overview", args=[desk.problem.pk])
        assert desk.client.get(desk.address())["Location"] == overview

    @each_action
    @pytest.mark.parametrize("has_scripts", [True, False])
    def test_what_is_typed_after_submitting_is_refused_and_stays_on_the_page(
        self, desk: Desk, name: str, *, has_scripts: bool
    ) -> None:
        workflow.submit(desk.problem, by=desk.author, version=desk.version())
        before, version = desk.panel().content(), desk.version()
        answer = desk.send(name, has_scripts=has_scripts)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "is submitted and cannot be changed now" in page
        # A script leaves the field alone, where the text still is.
        assert (WORDS["question"] in page) == (not has_scripts or name != "panel_edit")
        assert ("<html" in page) == (not has_scripts)
        assert "data-saved" not in page
        assert (desk.panel().content(), desk.version()) == (before, version)

    def test_the_stored_words_sent_after_submitting_are_refused_too(self, desk: Desk) -> None:
        desk.send()
        workflow.submit(desk.problem, by=desk.author, version=desk.version())
        assert desk.send().status_code == 409


_LONG = "word " * 1000
_REFUSED = {
    "NUL in a text": {"question": "Which\x00side?"},
    "NUL in a variant": {"accepted_variants": "a\x00b"},
    "long question": {"question": _LONG},
    "long answer": {"answer": _LONG},
    "long variants": {"accepted_variants": _LONG},
    "NUL in a fact": {**FACTS, "source": "a\x00"},
    "long fact": {**FACTS, "attribution": "x" * 301},
    "unknown license": {**FACTS, "license": "none"},
    "facts of no image": {**FACTS, "describes": "image"},
}


class TestGarbage:
    """Whatever is sent: an answer in words, the text still there, nothing stored."""

    @each_action
    def test_every_button_refuses_a_form_that_cannot_be_taken(self, desk: Desk, name: str) -> None:
        assert desk.send(name, question=_LONG).status_code == 422
        assert desk.is_untouched()

    @pytest.mark.parametrize("changes", _REFUSED.values(), ids=_REFUSED.keys())
    def test_a_form_that_cannot_be_taken_comes_back_with_its_words(
        self, desk: Desk, changes: dict[str, Any]
    ) -> None:
        answer = desk.send(**changes)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert page.count("One thing needs your attention") == 1
        assert desk.is_untouched()
        for field, text in WORDS.items():
            assert field in changes or text in page

    def test_a_refused_text_is_still_in_its_field(self, desk: Desk) -> None:
        assert _LONG.strip() in desk.send(question=_LONG).content.decode()

    def test_scripts_are_told_beside_the_field_what_was_refused(self, desk: Desk) -> None:
        answer = desk.send(has_scripts=True, question=_LONG)
        part = answer.content.decode()
        assert answer.status_code == 422
        assert "at most 4000 characters" in part
        assert "Not saved." in part
        assert "data-saved" not in part
        assert "<html" not in part
        assert 'name="question"' not in part
        assert "HX-Retarget" not in answer

    @pytest.mark.parametrize(
        "version", ["", "latest", "1\x00", "9" * 5000], ids=["none", "words", "NUL", "long"]
    )
    def test_a_version_that_no_text_has_overwrites_nothing(self, desk: Desk, version: str) -> None:
        before = desk.panel().answer
        assert desk.send(answer_from=version).status_code == 409
        assert desk.panel().answer == before

    def test_facts_without_an_image_to_describe_are_no_obstacle(self, desk: Desk) -> None:
        desk.send("image_remove")
        assert desk.send(source="x" * 301).status_code == 302
        assert desk.send(**FACTS).status_code == 302

    def test_markup_in_a_text_is_text(self, desk: Desk) -> None:
        desk.send(question="</textarea><script>alert(1)</script>")
        page = desk.client.get(desk.address()).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
