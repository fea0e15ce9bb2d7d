"""Making a release: choosing what is in it, without scripts, before anything is cut."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from curation import workflow
from curation.forms.releases import MOST_LEFT_OUT
from curation.models import Panel, Problem, Release, Specialty, Status
from curation.releases import cut_release, forget_files
from tests.curation.statuses import (
    Crew,
    approve_by_two,
    bring_to,
    cut_and_publish,
    make_crew,
    make_draft,
    submit,
)
from tests.curation.storages import keep_releases_in

pytestmark = pytest.mark.django_db

_CREATE = "/releases/new/"
_CHOOSE = "/releases/new/choose/"


@pytest.fixture
def crew() -> Crew:
    return make_crew()


@pytest.fixture
def editor(crew: Crew, client: Client) -> Client:
    """The browser of the editor."""
    client.force_login(crew.editor)
    return client


def _approved(crew: Crew, specialty: str = "radiology", question: str = "") -> Problem:
    Specialty.objects.get_or_create(slug=specialty, defaults={"name": specialty.capitalize()})
    problem = make_draft(crew)
    Problem.objects.filter(pk=problem.pk).update(specialty=specialty)
    if question:
        Panel.objects.filter(problem=problem).update(question=question)
    problem = Problem.objects.get(pk=problem.pk)
    submit(problem, crew)
    approve_by_two(problem, crew)
    return Problem.objects.get(pk=problem.pk)


class _Fields(HTMLParser):
    """What a browser would send of the forms of a page that cut a release."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
        if tag == "textarea":
            self._area = said["name"]
            self.forms[-1][self._area] = [""]
        is_sent = said.get("type") != "checkbox" or "checked" in said
        if tag == "input" and "name" in said and is_sent:
            self.forms[-1].setdefault(said["name"], []).append(said.get("value", "on"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            (known,) = self.forms[-1][self._area]
            self.forms[-1][self._area] = [(known + data).lstrip("\n")]


def _shown_fields(page: Any) -> dict[str, list[str]]:
    """The fields of the form that makes the draft, filled in as the page shows them."""
    fields = _Fields()
    fields.feed(page.content.decode())
    (form,) = (form for form in fields.forms if "version" in form)
    return form


def _sent(**fields: Any) -> dict[str, Any]:
    return {"version": "1.0.0", "is_public": "on", **fields}


def test_the_page_counts_what_would_be_held_out_before_the_cut(crew: Crew, editor: Client) -> None:
    for name in ["radiology"] * 4 + ["surgery"] * 2:
        _approved(crew, name)
    answer = editor.get(_CREATE, {"held_out_percent": "50"})
    rows = {name: (count.total, count.held_out) for name, count in answer.context["chosen"].rows}
    assert rows == {"Radiology": (4, 2), "Surgery": (2, 1)}
    held = {str(pk) for pk in answer.context["composed"].held_out}
    editor.post(_CREATE, _sent(held_out_percent="50"))
    cut = Release.objects.get().items.held_out().values_list("problem", flat=True)
    assert {str(pk) for pk in cut} == held


def test_what_was_chosen_is_cut(crew: Crew, editor: Client) -> None:
    wanted, left_out = _approved(crew, "surgery"), _approved(crew, "surgery")
    _approved(crew, "radiology")
    choice = {"specialty": "surgery", "without": str(left_out.pk), "seed": "7"}
    page = editor.get(_CREATE, choice)
    assert "<strong>1 problem</strong>" in page.content.decode()
    assert _shown_fields(page).items() >= {n: [value] for n, value in choice.items()}.items()
    said = {"notes": "New.", "limits": "Adults only."}
    answer = editor.post(_CREATE, _sent(**choice, **said))
    assert answer["Location"] == reverse("curation:release_detail", args=["1.0.0"])
    release = Release.objects.get()
    assert [item.problem for item in release.items.all()] == [wanted]
    assert (release.seed, release.notes, release.is_public) == (7, "New.", True)
    assert release.card["statement"]["limits"] == "Adults only."


def test_the_draft_takes_what_the_form_shows_without_looking_first(
    crew: Crew, editor: Client
) -> None:
    wanted = {_approved(crew, "surgery").pk for _ in range(2)}
    _approved(crew, "radiology")
    form = _shown_fields(editor.get(_CREATE))
    assert {"held_out_percent", "seed"} <= form.keys()
    editor.post(_CREATE, {**form, "specialty": ["surgery"], "held_out_percent": "50"})
    items = Release.objects.get().items
    assert set(items.values_list("problem", flat=True)) == wanted
    assert items.held_out().count() == 1


@pytest.mark.parametrize("step", ["show", "choose"])
def test_looking_at_what_a_choice_gives_loses_nothing_that_was_typed(
    step: str, crew: Crew, editor: Client
) -> None:
    _approved(crew, "surgery")
    left_out = _approved(crew, "surgery")
    form = _shown_fields(editor.get(_CREATE))
    typed = {"version": ["2.0.0"], "notes": ["# New\nMuch."], "limits": ["Adults <only>."]}
    choice = {"specialty": ["surgery"], "without": [str(left_out.pk)], "held_out_percent": ["90"]}
    sent: dict[str, Any] = {**form, **typed, **choice}
    del sent["is_public"]
    page = editor.post(_CREATE, {**sent, "step": step}, follow=True)
    assert not Release.objects.exists()
    if step == "choose":
        assert {row.problem for row in page.context["rows"] if row.is_left_out} == {left_out}
        page = editor.get(page.context["create_url"])
    assert _shown_fields(page).items() >= {**typed, **choice}.items()
    assert "is_public" not in _shown_fields(page)
    editor.post(_CREATE, _shown_fields(page))
    release = Release.objects.get()
    assert (release.notes, release.is_public) == ("# New\nMuch.", False)
    assert release.card["statement"]["limits"] == "Adults <only>."


def test_what_was_typed_is_forgotten_once_it_is_cut(crew: Crew, editor: Client) -> None:
    _approved(crew)
    editor.post(_CREATE, _sent(step="show", notes="Old."))
    assert _shown_fields(editor.get(_CREATE))["notes"] == ["Old."]
    editor.post(_CREATE, _sent(notes="Old."))
    assert _shown_fields(editor.get(_CREATE))["notes"] == [""]


def test_a_version_that_was_only_suggested_is_suggested_anew(crew: Crew, editor: Client) -> None:
    _approved(crew)
    editor.post(_CREATE, _sent(step="show"))
    cut_and_publish("1.0.0", by=crew.editor)
    assert _shown_fields(editor.get(_CREATE))["version"] == ["1.1.0"]


def test_a_page_on_which_nothing_was_chosen_does_not_say_otherwise(
    crew: Crew, editor: Client
) -> None:
    for _ in range(2):
        _approved(crew)
    cut_and_publish("1.0.0", by=crew.editor, held_out_percent=50)
    page = editor.get(_CREATE)
    assert len(page.context["composed"].held_out) == 1
    assert "What you chose" not in page.content.decode()
    page = editor.get(_CREATE, {"without": str(Problem.objects.earliest("pk").pk)})
    assert "What you chose" in page.content.decode()


def test_a_release_can_be_for_members_alone(crew: Crew, editor: Client) -> None:
    _approved(crew)
    editor.post(_CREATE, {"version": "1.0.0"})
    assert Release.objects.get().is_public is False


def test_the_page_tells_what_the_last_release_has_and_this_one_would_not(
    crew: Crew, editor: Client
) -> None:
    stays, left_out, gone = (_approved(crew) for _ in range(3))
    cut_and_publish("1.0.0", by=crew.editor)
    gone.refresh_from_db()
    workflow.retire(gone, by=crew.editor, comment="Wrong side.")
    answer = editor.get(_CREATE, {"without": str(left_out.pk)})
    difference = answer.context["difference"]
    assert difference.left_out == [left_out]
    assert difference.retired == [gone]
    assert list(answer.context["composed"].problems) == [stays]


def test_each_press_leaves_one_more_out_or_takes_it_in_again(crew: Crew, editor: Client) -> None:
    first, second = _approved(crew), _approved(crew)
    rows = editor.get(_CHOOSE, {"without": str(first.pk)}).context["rows"]
    by_problem = {row.problem: row for row in rows}
    assert by_problem[first].is_left_out
    assert by_problem[first].without == []
    assert by_problem[second].without == [str(first.pk), str(second.pk)]


def test_problems_are_found_by_what_they_ask(crew: Crew, editor: Client) -> None:
    found = _approved(crew, question="Which vessel is this?")
    _approved(crew, question="Which bone is this?")
    for text in ("VESSEL", crew.author.name):
        rows = editor.get(_CHOOSE, {"text": text}).context["rows"]
        assert found in [row.problem for row in rows]
    assert len(editor.get(_CHOOSE, {"text": "vessel"}).context["rows"]) == 1
    assert "No problem is like this" in editor.get(_CHOOSE, {"text": "zzz"}).content.decode()


def test_what_is_chosen_by_specialty_limits_what_is_left_out_of_it(
    crew: Crew, editor: Client
) -> None:
    wanted, _ = _approved(crew, "surgery"), _approved(crew, "radiology")
    rows = editor.get(_CHOOSE, {"specialty": "surgery"}).context["rows"]
    assert [row.problem for row in rows] == [wanted]


def test_the_choice_asks_the_database_as_often_for_many_problems_as_for_few(
    crew: Crew, editor: Client
) -> None:
    counts = []
    for size in (1, 4):
        for _ in range(size):
            _approved(crew)
        for address in (_CREATE, _CHOOSE):
            with CaptureQueriesContext(connection) as captured:
                editor.get(address, {"held_out_percent": "50"})
            counts.append(len(captured))
    assert counts[:2] == counts[2:]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"held_out_percent": "91"}, "less than or equal to 90"),
        ({"held_out_percent": "-1"}, "greater than or equal to 0"),
        ({"held_out_percent": "half"}, "whole number"),
        ({"seed": str(2**31)}, "less than or equal to"),
        ({"without": "no id"}, "names no problem"),
        ({"without": [str(uuid4()) for _ in range(MOST_LEFT_OUT + 1)]}, "At most"),
        ({"specialty": "astrology"}, "not one of the available choices"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_in_words(
    choice: dict[str, Any], words: str, crew: Crew, editor: Client
) -> None:
    _approved(crew)
    sent = [_sent(**choice), _sent(**choice, step="show"), _sent(**choice, step="choose")]
    for answer in (editor.get(_CREATE, choice), *(editor.post(_CREATE, one) for one in sent)):
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert not Release.objects.exists()


def test_what_was_left_out_and_is_gone_since_is_no_matter(crew: Crew, editor: Client) -> None:
    _approved(crew)
    answer = editor.get(_CREATE, {"without": str(uuid4())})
    assert answer.status_code == 200
    assert answer.context["left_out"] == []


def test_a_draft_is_published_or_discarded_before_the_next(crew: Crew, editor: Client) -> None:
    _approved(crew)
    cut_release("1.0.0", notes="", by=crew.editor)
    assert "is still a draft" in editor.get(_CREATE).content.decode()
    assert editor.post(_CREATE, _sent(version="1.1.0")).status_code == 409
    assert Release.objects.count() == 1


def test_a_draft_is_seen_by_editors_alone(crew: Crew, client: Client) -> None:
    _approved(crew)
    draft = cut_release("1.0.0", notes="", by=crew.editor)
    address = reverse("curation:release_detail", args=[draft.version])
    for person, status in ((crew.author, 404), (crew.reviewers[0], 404), (crew.editor, 200)):
        client.force_login(person)
        assert client.get(address).status_code == status
        listed = client.get(reverse("curation:release_list")).content.decode()
        assert (address in listed) == (status == 200)


def _act(editor: Client, action: str, **sent: str) -> Any:
    return editor.post(f"/releases/1.0.0/{action}/", sent)


def test_an_editor_publishes_what_a_worker_wrote(crew: Crew, editor: Client) -> None:
    problem = _approved(crew)
    cut_release("1.0.0", notes="", by=crew.editor)
    asked = editor.get("/releases/1.0.0/publish/").content.decode()
    assert "not complete yet" in asked
    assert _act(editor, "publish").status_code == 409
    Release.objects.update(status=Release.Status.READY)
    asked = editor.get("/releases/1.0.0/publish/").content.decode()
    assert "1 of them published for the first time" in asked
    assert _act(editor, "publish").status_code == 302
    problem.refresh_from_db()
    assert problem.status == Status.PUBLISHED
    assert "published already" in editor.get("/releases/1.0.0/publish/").content.decode()


def test_what_must_be_mended_before_publishing_is_said(crew: Crew, editor: Client) -> None:
    problem = _approved(crew)
    cut_release("1.0.0", notes="", by=crew.editor)
    Release.objects.update(status=Release.Status.READY)
    problem.current_revision.images.update(no_patient_confirmed_at=None)  # type: ignore[union-attr]  # it was approved
    answer = _act(editor, "publish")
    assert answer.status_code == 422
    assert "Confirm that no patient" in answer.content.decode()


def test_what_was_withdrawn_since_is_named_where_one_would_publish(
    crew: Crew, editor: Client
) -> None:
    problem = _approved(crew)
    cut_release("1.0.0", notes="", by=crew.editor)
    Release.objects.update(status=Release.Status.READY)
    workflow.withdraw(problem, by=crew.author)
    page = editor.get("/releases/1.0.0/publish/").content.decode()
    assert f"No longer as it was when the release was made: {problem}" in page


@pytest.fixture
def stored(tmp_path: Path, settings: Settings) -> Path:
    """A releases storage with files of two versions, one of which nobody lists."""
    keep_releases_in(tmp_path, settings)
    for path in ("1.0.0/README.md", "1.0.0/images/ab/picture.png", "0.9.0/README.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("Kept.")
    return tmp_path


def _files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_discarding_a_draft_removes_what_was_stored_of_it_and_nothing_else(
    crew: Crew,
    editor: Client,
    stored: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    monkeypatch.setitem(current_app.conf, "task_always_eager", True)
    _approved(crew)
    cut_release("1.0.0", notes="", by=crew.editor)
    assert "can make the release again" in editor.get("/releases/1.0.0/discard/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert _act(editor, "discard")["Location"] == reverse("curation:release_list")
    assert not Release.objects.exists()
    assert _files(stored) == {"0.9.0/README.md"}
    assert not (stored / "1.0.0").exists()


def test_the_files_of_a_version_that_was_taken_again_stay(crew: Crew, stored: Path) -> None:
    _approved(crew)
    cut_release("1.0.0", notes="", by=crew.editor)
    before = _files(stored)
    forget_files("1.0.0")
    forget_files("7.9.0")
    assert _files(stored) == before


def test_an_editor_stops_the_writing_of_files_and_has_them_written_again(
    crew: Crew, editor: Client
) -> None:
    _approved(crew)
    release = cut_release("1.0.0", notes="", by=crew.editor)
    assert "Stop writing its files" in editor.get("/releases/1.0.0/").content.decode()
    assert _act(editor, "stop").status_code == 302
    release.refresh_from_db()
    assert release.status == Release.Status.STOPPED
    assert _act(editor, "stop").status_code == 409
    assert _act(editor, "retry").status_code == 302
    release.refresh_from_db()
    assert release.status == Release.Status.QUEUED


def test_yanking_needs_a_reason_which_everybody_reads(crew: Crew, editor: Client) -> None:
    bring_to(Status.PUBLISHED, crew)
    assert "cannot be undone" in editor.get("/releases/1.0.0/yank/").content.decode()
    for blank in ("", "  "):
        assert _act(editor, "yank", because=blank).status_code == 422
    assert _act(editor, "yank", because="A patient can be recognized.").status_code == 302
    editor.force_login(crew.author)
    page = editor.get("/releases/1.0.0/").content.decode()
    assert "A patient can be recognized." in page
    assert "This release was yanked" in page


@pytest.mark.parametrize(
    ("action", "words"),
    [("discard", "was published, so it stays"), ("yank", "is yanked already")],
)
def test_a_page_that_came_too_late_says_so(
    action: str, words: str, crew: Crew, editor: Client
) -> None:
    bring_to(Status.PUBLISHED, crew)
    if action == "yank":
        _act(editor, "yank", because="Wrong.")
    assert words in editor.get(f"/releases/1.0.0/{action}/").content.decode()
    assert _act(editor, action, because="Again.").status_code == 409
