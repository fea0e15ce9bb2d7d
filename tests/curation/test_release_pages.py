"""What a release's page shows while its files are written, and after."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from curation.models import Heartbeat, Problem, Release, Status
from tests.curation.cast import Cast, make_approved
from tests.factories import make_release

pytestmark = pytest.mark.django_db

_POLL = 'hx-trigger="every 2s"'


@pytest.fixture
def cast() -> Cast:
    return Cast()


def _page(client: Client, release: Release, **headers: str) -> str:
    address = reverse("curation:release_detail", args=[release.version])
    return client.get(address, headers=headers).content.decode()


def _in_status(status: str, cast: Cast) -> Release:
    return Release.objects.create(version="0.0.1", cut_by=cast.editor, status=status)


@pytest.mark.parametrize("status", [Release.Status.QUEUED, Release.Status.WRITING])
def test_the_page_asks_again_while_files_are_written(
    status: str, client: Client, cast: Cast
) -> None:
    release = _in_status(status, cast)
    client.force_login(cast.editor)
    assert _POLL in _page(client, release)


@pytest.mark.parametrize("status", [Release.Status.READY, Release.Status.FAILED])
def test_the_page_stops_asking_when_nothing_more_will_happen(
    status: str, client: Client, cast: Cast
) -> None:
    release = _in_status(status, cast)
    client.force_login(cast.editor)
    assert _POLL not in _page(client, release, hx_request="true")


def test_asking_again_gives_the_state_alone(client: Client, cast: Cast) -> None:
    client.force_login(cast.reader)
    part = _page(client, cast.release, hx_request="true")
    assert part.strip().startswith('<div id="state"')
    assert "<html" not in part


def test_a_page_that_waited_is_loaded_anew_once_the_files_are_complete(
    client: Client, cast: Cast
) -> None:
    complete, waiting = cast.release, _in_status(Release.Status.WRITING, cast)
    client.force_login(cast.editor)
    for release, is_complete in ((waiting, False), (complete, True)):
        address = reverse("curation:release_detail", args=[release.version])
        answer = client.get(address, headers={"hx-request": "true"})
        assert ("HX-Refresh" in answer) == is_complete


def test_the_page_says_that_no_worker_is_running(client: Client, cast: Cast) -> None:
    release = _in_status(Release.Status.QUEUED, cast)
    client.force_login(cast.editor)
    assert "No worker is running" in _page(client, release)
    Heartbeat.objects.create(name="worker", beat_at=timezone.now())
    assert "No worker is running" not in _page(client, release)


def test_only_editors_are_offered_to_write_files_again(client: Client, cast: Cast) -> None:
    release = _in_status(Release.Status.FAILED, cast)
    button = reverse("curation:release_retry", args=[release.version])
    client.force_login(cast.reader)
    assert button not in _page(client, release)
    client.force_login(cast.editor)
    assert button in _page(client, release)


def test_cutting_a_release_lists_what_is_new_and_counts_what_is_in_it_again(
    client: Client, cast: Cast
) -> None:
    new = make_approved(cast.author)
    published = Problem.objects.get(release_items__release=cast.release)
    client.force_login(cast.editor)
    answer = client.get(reverse("curation:release_create"))
    assert published.status == Status.PUBLISHED
    assert list(answer.context["problems"]) == [new]
    assert "<strong>2 problems</strong>, 1 new and 1 again" in answer.content.decode()


def test_without_anything_approved_there_is_no_form_to_cut_a_release(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.editor)
    assert b"Nothing can be released yet" in client.get(reverse("curation:release_create")).content


def test_a_version_that_is_not_newer_is_refused_beside_its_field(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.editor)
    answer = client.post(
        reverse("curation:release_create"), {"version": cast.release.version, "notes": "Kept."}
    )
    assert answer.status_code == 422
    assert "Choose a version after" in answer.context["form"].errors["version"][0]
    assert "Kept." in answer.content.decode()


def test_the_list_of_a_release_shows_what_was_frozen(client: Client, cast: Cast) -> None:
    problem = Problem.objects.get(release_items__release=cast.release)
    problem.panels.update(question="Written later?")
    client.force_login(cast.reader)
    page = _page(client, cast.release)
    assert "What does this image show?" in page
    assert "Written later?" not in page


def test_the_newest_release_is_listed_first_and_named_at_home(client: Client, cast: Cast) -> None:
    older, newer = (make_release(make_approved(cast.author), by=cast.editor) for _ in range(2))
    client.force_login(cast.reader)
    listed = client.get(reverse("curation:release_list")).context["releases"]
    assert list(listed) == [newer, older]
    assert client.get(reverse("curation:home")).context["latest_release"] == newer
