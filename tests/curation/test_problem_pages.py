"""An author's list, the six annotations, explanations and submitting, as pages do it."""

import re
from dataclasses import asdict
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation import authoring, workflow
from curation.domain.content import Annotations
from curation.domain.versions import version_of
from curation.models import Problem, Status, User
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
    stored = _stored(desk).explanations.get("image_small", "")
    sent = {"code": "image_small", "text": "It is.", "text_from": version_of(stored), **changes}
    return _send(desk, "warning_explain", **sent)


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
        ],
        ids=["long", "NUL", "unknown", "error", "no slug"],
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
        held = version_of("")
        _explain(desk, text="The first reason")
        answer = _explain(desk, text_from=held, text="The second reason")
        page = answer.content.decode()
        assert answer.status_code == 409
        assert '<p class="conflict-text">The first reason</p>' in page
        assert ">\nThe second reason</textarea>" in page
        assert _stored(desk).explanations == {"image_small": "The first reason"}

    @pytest.mark.parametrize(("choice", "kept"), [("mine", "Second"), ("stored", "First")])
    def test_a_choice_settles_which_explanation_stays(
        self, desk: Desk, choice: str, kept: str
    ) -> None:
        _explain(desk, text="First")
        chosen = {"text_choice": choice, "text_seen": version_of("First")}
        answer = _explain(desk, text_from=version_of(""), text="Second", **chosen)
        assert answer.status_code == 302
        assert _stored(desk).explanations == {"image_small": kept}

    @pytest.mark.parametrize(
        ("changes", "status", "says"),
        [
            ({}, 200, "Kept for the reviewers"),
            ({"text": ""}, 200, "The explanation is gone"),
            ({"text": "x" * 1001}, 422, "at most 1,000 letters"),
            ({"text_from": "0" * 16}, 409, "another window explained it too"),
        ],
        ids=["kept", "gone", "long", "stale"],
    )
    def test_with_scripts_only_the_note_of_an_explanation_comes_back(
        self, desk: Desk, changes: dict[str, str], status: int, says: str
    ) -> None:
        answer = _explain(desk, has_scripts=True, **changes)
        part = answer.content.decode()
        assert answer.status_code == status
        assert says in part
        assert "<html" not in part
        assert 'id="check-summary" hx-swap-oob="true"' in part

    def test_an_explanation_is_kept_although_the_draft_was_changed_meanwhile(
        self, desk: Desk
    ) -> None:
        held = desk.version()
        _annotate_elsewhere(desk)
        assert _explain(desk, version=held).status_code == 302
        assert _stored(desk).explanations == {"image_small": "It is."}

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

    def test_a_second_submission_says_when_it_was_submitted_and_shows_the_problem(
        self, desk: Desk
    ) -> None:
        held = desk.version()
        workflow.submit(desk.problem, by=desk.author, version=held)
        answer = _send(desk, "problem_submit", version=held)
        overview = reverse("curation:problem_overview", args=[desk.problem.pk])
        assert answer["Location"] == overview
        page = desk.client.get(overview).content.decode()
        assert "Already submitted:" in page

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


@pytest.mark.parametrize(
    ("modality", "suggested"), [("CT", ["ct"]), ("CR", ["xray"]), ("SEG", []), ("", [])]
)
def test_the_image_type_that_a_dicom_file_says_is_chosen_by_one_press(
    client: Client, modality: str, suggested: list[str]
) -> None:
    desk = make_desk(client)
    Problem.objects.filter(pk=desk.problem.pk).update(image_type="")
    query = desk.panel(3).image
    assert query is not None
    query.acquisition = {"modality": modality} if modality else {}
    query.save(update_fields=["acquisition"])
    address = reverse("curation:problem_edit", args=[desk.problem.pk])
    page = client.get(address).content.decode()
    assert re.findall(r'name="image_type" value="(\w+)"', page) == suggested
    client.post(address, {"image_type": ["", *suggested], "image_type_from": version_of("")})
    assert Problem.objects.get(pk=desk.problem.pk).image_type == "".join(suggested)


def test_the_specialty_of_the_profile_is_suggested_and_missing_until_chosen(
    client: Client,
) -> None:
    desk = make_desk(client)
    User.objects.filter(pk=desk.author.pk).update(specialty="pathology")
    Problem.objects.filter(pk=desk.problem.pk).update(specialty=None)
    address = reverse("curation:problem_edit", args=[desk.problem.pk])
    page = client.get(address).content.decode()
    assert "By your profile: Pathology." in page
    assert "Choose the specialty." in page
    client.post(address, {"specialty": ["", "pathology"], "specialty_from": version_of("")})
    assert Problem.objects.get(pk=desk.problem.pk).specialty_id == "pathology"
    assert "By your profile" not in client.get(address).content.decode()


def test_the_overview_shows_accepted_variants_of_examples_outside_of_what_is_sent(
    client: Client,
) -> None:
    desk = make_desk(client)
    desk.send(accepted_variants="On the left side")
    address = reverse("curation:problem_overview", args=[desk.problem.pk])
    assert "Also right, not sent: On the left side" in client.get(address).content.decode()


def test_the_overview_says_beside_each_picture_what_one_vouches_for(client: Client) -> None:
    desk = make_desk(client)
    image = desk.panel().image
    assert image is not None
    image.no_patient_confirmed_at = None
    image.save(update_fields=["no_patient_confirmed_at"])
    address = reverse("curation:problem_overview", args=[desk.problem.pk])
    page = client.get(address).content.decode()
    assert page.count("Made for tests \u00b7 CC0-1.0 \u00b7 Nobody") == 4
    assert page.count("not confirmed that no patient can be identified") == 1
