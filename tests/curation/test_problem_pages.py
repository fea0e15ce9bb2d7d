"""An author's list, the six annotations, explanations and submitting, as pages do it."""

from dataclasses import asdict
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation import authoring, workflow
from curation.domain.content import Annotations
from curation.domain.versions import version_of
from curation.models import Problem, Status
from curation.saving import annotations_of
from tests.curation.writing import Desk, make_desk
from tests.factories import Shown, make_person, make_problem

pytestmark = pytest.mark.django_db

CHOSEN: dict[str, Any] = {
    "specialty": "pathology",
    "answer_format": "binary",
    "image_type": "staining",
    "cognitive_process": "reasoning",
    "rarity": "rare",
    "difficulty": "hard",
}
each_button = pytest.mark.parametrize("name", ["problem_edit", "example_add"])


@pytest.fixture
def desk(client: Client) -> Desk:
    return make_desk(client)


def _shown(desk: Desk) -> dict[str, str]:
    """The page of the annotations as a browser opens it now: every choice with its version."""
    chosen = annotations_of(_stored(desk))
    return {**chosen, **{f"{name}_from": version_of(text) for name, text in chosen.items()}}


def _send(
    desk: Desk,
    name: str,
    *,
    has_scripts: bool = False,
    since: dict[str, str] | None = None,
    **changes: Any,
) -> Any:
    """Press a button on a page opened now, or some time `since`."""
    address = reverse(f"curation:{name}", args=[desk.problem.pk])
    headers = {"HX-Request": "true"} if has_scripts else {}
    shown = _shown(desk) if since is None else since
    sent = {"version": desk.version(), **shown, **changes}
    return desk.client.post(address, sent, headers=headers)


def _stored(desk: Desk) -> Problem:
    return Problem.objects.get(pk=desk.problem.pk)


def _explain(desk: Desk, **changes: Any) -> Any:
    return _send(desk, "warning_explain", **{"code": "image_small", "text": "It is.", **changes})


def _annotate_elsewhere(desk: Desk) -> None:
    """Another window chooses another rarity."""
    problem = _stored(desk)
    annotations = Annotations(**{**asdict(problem.annotations()), "rarity": "uncommon"})
    authoring.annotate(problem, version=problem.version, annotations=annotations)


class TestAnnotations:
    """The six facts."""

    @each_button
    def test_every_button_keeps_the_choices(self, desk: Desk, name: str) -> None:
        answer = _send(desk, name, **CHOSEN)
        assert answer.status_code == 302
        assert asdict(_stored(desk).annotations()) == CHOSEN

    def test_an_example_is_added_and_opened(self, desk: Desk) -> None:
        answer = _send(desk, "example_add", **CHOSEN)
        assert answer["Location"] == desk.address(panel=desk.panel(3))
        assert desk.problem.panels.count() == 5

    def test_with_scripts_a_choice_answers_the_version_and_the_findings_only(
        self, desk: Desk
    ) -> None:
        answer = _send(desk, "problem_edit", has_scripts=True, **{**CHOSEN, "rarity": ""})
        part = answer.content.decode()
        assert "<html" not in part
        assert "<select" not in part
        assert "Choose the rarity." in part
        assert (
            f'name="difficulty_from" id="id_difficulty_from" value="{version_of("hard")}"' in part
        )

    def test_the_same_choices_sent_twice_are_harmless(self, desk: Desk) -> None:
        held, since = desk.version(), _shown(desk)
        answers = [_send(desk, "problem_edit", since=since, **CHOSEN) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [302, 302]
        assert desk.version() == held + 1

    @each_button
    @pytest.mark.parametrize("has_scripts", [True, False])
    def test_a_stale_choice_is_not_stored_the_others_are_and_both_are_shown(
        self, desk: Desk, name: str, *, has_scripts: bool
    ) -> None:
        since = _shown(desk)
        _annotate_elsewhere(desk)
        answer = _send(desk, name, has_scripts=has_scripts, since=since, **CHOSEN)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert '<p class="conflict-text">Uncommon</p>' in page
        is_part = has_scripts and name == "problem_edit"
        assert ('<option value="rare" selected>' in page) == (not is_part)
        assert ("<html" in page) == (not has_scripts)
        assert asdict(_stored(desk).annotations()) == {**CHOSEN, "rarity": "uncommon"}
        assert desk.problem.panels.count() == 4

    @pytest.mark.parametrize(("choice", "kept"), [("mine", "rare"), ("stored", "uncommon")])
    def test_a_choice_settles_it(self, desk: Desk, choice: str, kept: str) -> None:
        since = _shown(desk)
        _annotate_elsewhere(desk)
        chosen: dict[str, Any] = {"rarity_choice": choice, "rarity_seen": version_of("uncommon")}
        answer = _send(desk, "problem_edit", since=since, **CHOSEN, **chosen)
        assert answer.status_code == 302
        assert asdict(_stored(desk).annotations()) == {**CHOSEN, "rarity": kept}

    def test_two_windows_with_different_choices_are_no_conflict(self, desk: Desk) -> None:
        since = _shown(desk)
        _annotate_elsewhere(desk)
        answer = _send(desk, "problem_edit", has_scripts=True, since=since, difficulty="hard")
        assert answer.status_code == 200
        assert 'data-newer="rarity"' in answer.content.decode()
        stored = _stored(desk)
        assert (stored.rarity, stored.difficulty) == ("uncommon", "hard")

    @each_button
    @pytest.mark.parametrize(
        "changes",
        [
            {"specialty": "no-such"},
            {"specialty": "a\x00b"},
            {"rarity": "common\x00"},
            {"difficulty": "x" * 5000},
        ],
        ids=str,
    )
    def test_choices_that_are_none_come_back(
        self, desk: Desk, name: str, changes: dict[str, str]
    ) -> None:
        for has_scripts in (True, False):
            answer = _send(desk, name, has_scripts=has_scripts, **{**CHOSEN, **changes})
            page = answer.content.decode()
            assert answer.status_code == 422
            assert "errorlist" in page
            assert ("<html" in page) == (not has_scripts)
        assert desk.is_untouched()

    def test_a_refused_form_does_not_get_a_version_it_has_not_seen(self, desk: Desk) -> None:
        since = _shown(desk)
        _annotate_elsewhere(desk)
        answer = _send(desk, "problem_edit", since=since, **{**CHOSEN, "difficulty": "odd"})
        assert answer.status_code == 422
        assert f'id="id_rarity_from" value="{since["rarity_from"]}"' in answer.content.decode()

    def test_an_eleventh_example_is_refused_with_the_choices_kept(self, client: Client) -> None:
        examples = tuple(Shown(answer=f"Answer {number}", picture=1) for number in range(10))
        problem = make_problem(examples=examples)
        client.force_login(problem.author)
        desk = Desk(client, problem.author, problem)
        answer = _send(desk, "example_add", **CHOSEN)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "at most 10 examples" in page
        assert _stored(desk).rarity == "rare"

    @each_button
    def test_after_submitting_nothing_is_changed(self, desk: Desk, name: str) -> None:
        workflow.submit(desk.problem, by=desk.author, version=desk.version())
        answer = _send(desk, name, **CHOSEN)
        assert answer.status_code == 409
        assert "is submitted and cannot be changed now" in answer.content.decode()
        assert desk.is_untouched()

    def test_the_page_of_a_submitted_problem_leads_to_the_overview(self, desk: Desk) -> None:
        workflow.submit(desk.problem, by=desk.author, version=desk.version())
        edit, overview = (
            reverse(f"curation:{name}", args=[desk.problem.pk])
            for name in ("problem_edit", "problem_overview")
        )
        assert desk.client.get(edit)["Location"] == overview


class TestExplaining:
    """Why a warning is all right."""

    def test_an_explanation_is_kept_and_shown_again(self, desk: Desk) -> None:
        answer = _explain(desk, text="Two\r\nlines")
        assert answer.status_code == 302
        assert _stored(desk).explanations == {"image_small": "Two\nlines"}
        assert "Two\nlines" in desk.client.get(answer["Location"]).content.decode()

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"text": "long " * 1000}, "at most 1,000 letters"),
            ({"text": "a\x00b"}, "cannot be kept"),
            ({"code": "no_such_rule"}, "nothing left to explain"),
            ({"code": "answer_missing"}, "nothing left to explain"),
            ({"code": "../etc"}, "cannot be kept"),
            ({"version": "latest"}, "cannot be kept"),
        ],
        ids=["long", "NUL", "unknown", "error", "no slug", "no version"],
    )
    def test_what_cannot_be_kept_is_refused_in_words(
        self, desk: Desk, changes: dict[str, str], says: str
    ) -> None:
        answer = _explain(desk, **changes)
        assert answer.status_code == 422
        assert says in answer.content.decode()
        assert _stored(desk).explanations == {}
        assert desk.is_untouched()

    def test_a_stale_explanation_is_not_stored_and_both_are_shown(self, desk: Desk) -> None:
        held = desk.version()
        _explain(desk, text="The first reason")
        answer = _explain(desk, version=held, text="The second reason")
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "What is stored: The first reason" in page
        assert ">The second reason</textarea>" in page
        assert _stored(desk).explanations == {"image_small": "The first reason"}

    def test_after_submitting_nothing_is_explained(self, desk: Desk) -> None:
        workflow.submit(desk.problem, by=desk.author, version=desk.version())
        assert _explain(desk).status_code == 409


class TestSubmitting:
    """From the overview."""

    def test_a_stale_page_submits_nothing(self, desk: Desk) -> None:
        held = desk.version()
        _annotate_elsewhere(desk)
        assert _send(desk, "problem_submit", version=held).status_code == 409
        assert _stored(desk).status == Status.DRAFT

    @pytest.mark.parametrize("version", ["", "latest", "1\x00", "9" * 5000])
    def test_garbage_submits_nothing(self, desk: Desk, version: str) -> None:
        assert _send(desk, "problem_submit", version=version).status_code == 422
        assert _stored(desk).status == Status.DRAFT

    def test_what_is_missing_keeps_a_draft(self, desk: Desk) -> None:
        desk.send(answer="")
        answer = _send(desk, "problem_submit")
        assert answer.status_code == 422
        assert "1 thing must be mended before submitting." in answer.content.decode()
        assert _stored(desk).status == Status.DRAFT


class TestList:
    """My problems."""

    @pytest.mark.parametrize(
        "query",
        [
            {"status": "garbage"},
            {"status": "a\x00b"},
            {"page": "garbage"},
            {"page": "-1"},
            {"page": "0"},
            {"page": "9" * 5000},
            {"page": "\x00"},
        ],
        ids=lambda query: f"{query}"[:30],
    )
    def test_an_address_that_was_tampered_with_shows_the_list(
        self, desk: Desk, query: dict[str, str]
    ) -> None:
        answer = desk.client.get(reverse("curation:problem_list"), query)
        assert answer.status_code == 200
        assert list(answer.context["page"]) == [desk.problem]

    def test_the_list_holds_one_s_own_of_the_chosen_status(self, desk: Desk) -> None:
        make_problem(make_person(is_author=True))
        address = reverse("curation:problem_list")
        for status, shown in (("", [desk.problem]), ("draft", [desk.problem]), ("approved", [])):
            page = desk.client.get(address, {"status": status}).context["page"]
            assert list(page) == shown
