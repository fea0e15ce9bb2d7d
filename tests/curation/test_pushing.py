"""A release goes to a hub of data sets whole, or it is said what keeps it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from django.core.files.storage import storages
from django.utils import timezone
from pytest_django import Settings

from curation import pushing
from curation.errors import InvalidContentError, WrongMomentError
from curation.exporting import write_release
from curation.models import HistoryEntry, HubPush, Release, Status, User, What
from curation.pushing import retry_push, start_push, stop_push, work_push
from curation.releases import cut_release, publish_release, stored_name, yank_release
from tests.curation.hub_server import TOKEN, Behave, HubServer, hub_server
from tests.curation.statuses import bring_to, make_crew
from tests.environment import ROOT
from tests.factories import make_editor

pytestmark = pytest.mark.django_db

REPOSITORY = "lab/benchmark"


@pytest.fixture
def hub(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("HUB_TOKEN", TOKEN)
    with hub_server() as server:
        settings.HUB_URL = server.url
        yield server


@pytest.fixture
def release() -> Release:
    """A published release with its files."""
    return _published("1.0.0")


def _published(version: str) -> Release:
    crew = make_crew()
    bring_to(Status.APPROVED, crew)
    release = cut_release(version, notes="", by=crew.editor)
    write_release(release)
    publish_release(release, by=crew.editor)
    release.refresh_from_db()
    return release


@pytest.fixture
def editor() -> User:
    return make_editor()


def _worked(push: HubPush) -> HubPush:
    work_push(push)
    push.refresh_from_db()
    return push


def _files_of(release: Release) -> dict[str, bytes]:
    found = {}
    for file in release.files.all():
        with storages["releases"].open(stored_name(release, file.path)) as opened:
            found[file.path] = opened.read()
    return found


def _is_due(push: HubPush) -> None:
    past = timezone.now() - timedelta(seconds=1)
    HubPush.objects.filter(pk=push.pk).update(not_before=past, leased_until=past)


def test_after_a_push_the_repository_has_the_release_to_the_byte(
    hub: HubServer, release: Release, editor: User
) -> None:
    push = _worked(start_push(release, REPOSITORY, is_private=False, by=editor))
    repository = hub.repositories[REPOSITORY]
    assert (push.status, push.failure) == ("done", "")
    assert repository.files == _files_of(release)
    assert (push.done_files, push.done_bytes) == (push.total_files, push.total_bytes)
    assert push.commit_url.startswith(f"{hub.url}/datasets/{REPOSITORY}/commit/")
    assert repository.tags == {"1.0.0": repository.head}
    assert HistoryEntry.objects.get(what=What.RELEASE_PUSHED).details["repository"] == REPOSITORY


def test_it_goes_in_commits_of_bounded_size_and_the_card_comes_last(
    hub: HubServer, release: Release, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "_COMMIT_FILES", 4)
    _worked(start_push(release, REPOSITORY, is_private=False, by=editor))
    files = release.files.count()
    assert len(hub.repositories[REPOSITORY].commits) == -(-(files - 2) // 4) + 1
    assert hub.repositories[REPOSITORY].files == _files_of(release)


def test_what_the_hub_has_is_not_sent_again(hub: HubServer, release: Release, editor: User) -> None:
    _worked(start_push(release, REPOSITORY, is_private=False, by=editor))
    sent = len(hub.uploads)
    again = _worked(start_push(release, REPOSITORY, is_private=False, by=editor))
    assert (again.status, len(hub.uploads)) == ("done", sent)
    other = _worked(start_push(release, "lab/other", is_private=False, by=editor))
    assert (other.status, len(hub.uploads)) == ("done", sent)
    assert hub.repositories["lab/other"].files == _files_of(release)


def test_files_of_an_earlier_release_are_gone_after_the_next(
    hub: HubServer, release: Release, editor: User
) -> None:
    _worked(start_push(release, REPOSITORY, is_private=False, by=editor))
    hub.repositories[REPOSITORY].files["data/test-00001-of-00002.parquet"] = b"old"
    hub.repositories[REPOSITORY].files[".gitattributes"] = b"its own"
    later = _published("1.1.0")
    _worked(start_push(later, REPOSITORY, is_private=False, by=editor))
    assert hub.repositories[REPOSITORY].files == _files_of(later) | {".gitattributes": b"its own"}
    assert set(hub.repositories[REPOSITORY].tags) == {"1.0.0", "1.1.0"}


def _answering(status: int, at: str, *, headers: dict[str, str] | None = None) -> Behave:
    async def behave(request: web.Request) -> web.StreamResponse | None:
        if at in request.path:
            return web.json_response({"error": f"No {TOKEN}"}, status=status, headers=headers)
        return None

    return behave


def _cutting_off(at: str) -> Behave:
    async def behave(request: web.Request) -> web.StreamResponse | None:
        if at in request.path and request.transport is not None:
            request.transport.close()
            await asyncio.sleep(1)
        return None

    return behave


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (_answering(401, "/whoami"), "does not take the token"),
        (_answering(403, "/repos/create"), "may not write"),
        (_answering(403, "/commit/"), "may not write"),
        (_answering(404, "/preupload/"), "no repository"),
        (_answering(413, "/commit/"), "HTTP 413"),
    ],
)
def test_what_the_hub_refuses_for_good_is_said_and_can_be_tried_again(
    behave: Behave, words: str, hub: HubServer, release: Release, editor: User
) -> None:
    hub.behave = behave
    push = _worked(start_push(release, REPOSITORY, is_private=False, by=editor))
    assert push.status == "failed"
    assert words in push.failure
    assert TOKEN not in push.failure
    hub.behave = None
    retry_push(push)
    assert _worked(push).status == "done"
    assert hub.repositories[REPOSITORY].files == _files_of(release)


@pytest.mark.parametrize(
    ("behave", "said"),
    [
        (_answering(429, "/commit/", headers={"Retry-After": "300"}), ("send less", 300)),
        (_answering(429, "/preupload/", headers={"Retry-After": "300"}), ("send less", 300)),
        (_answering(503, "/large/"), ("HTTP 503", 60)),
        (_answering(500, "/objects/batch"), ("HTTP 500", 60)),
        (_answering(429, "/commit/", headers={"Retry-After": "99999999"}), ("send less", 3600)),
    ],
)
def test_while_the_hub_is_busy_the_push_waits_as_long_as_it_asks(
    behave: Behave, said: tuple[str, int], hub: HubServer, release: Release, editor: User
) -> None:
    words, seconds = said
    hub.behave = behave
    push = _worked(start_push(release, REPOSITORY, is_private=False, by=editor))
    assert push.status == "queued"
    assert words in push.failure
    assert push.not_before is not None
    waits = (push.not_before - timezone.now()).total_seconds()
    assert seconds - 60 < waits <= seconds
    assert not HubPush.objects.unattended_at(timezone.now()).exists()
    hub.behave = None
    _is_due(push)
    assert (_worked(push).status, push.failure) == ("done", "")


def test_a_hub_that_is_never_there_is_given_up(
    hub: HubServer, release: Release, editor: User
) -> None:
    hub.behave = _answering(502, "/whoami")
    push = start_push(release, REPOSITORY, is_private=False, by=editor)
    for _ in range(5):
        _is_due(push)
        _worked(push)
    assert (push.status, "HTTP 502" in push.failure) == ("failed", True)


def test_a_connection_that_breaks_off_once_costs_nothing(
    hub: HubServer, release: Release, editor: User
) -> None:
    broken = _cutting_off("/large/")

    async def once(request: web.Request) -> web.StreamResponse | None:
        if "/large/" in request.path:
            hub.behave = None
        return await broken(request)

    hub.behave = once
    push = _worked(start_push(release, REPOSITORY, is_private=False, by=editor))
    if push.status == "queued":
        _is_due(push)
        _worked(push)
    assert push.status == "done"
    assert hub.repositories[REPOSITORY].files == _files_of(release)


def test_a_push_goes_on_where_it_was_stopped(
    hub: HubServer, release: Release, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "_COMMIT_FILES", 3)
    push = start_push(release, REPOSITORY, is_private=False, by=editor)
    loop_commits = hub.repositories

    async def stop_after_one(request: web.Request) -> web.StreamResponse | None:
        if "/commit/" in request.path and loop_commits[REPOSITORY].commits:
            return web.json_response({}, status=503)
        return None

    hub.behave = stop_after_one
    _worked(push)
    assert (push.status, push.done_files) == ("queued", 3)
    stop_push(push)
    _is_due(push)
    assert _worked(push).status == "stopped"
    hub.behave, hub.asked[:] = None, []
    retry_push(push)
    assert _worked(push).status == "done"
    assert hub.repositories[REPOSITORY].files == _files_of(release)
    with pytest.raises(WrongMomentError, match="over"):
        stop_push(push)
    with pytest.raises(WrongMomentError, match="failed or was stopped"):
        retry_push(push)


def test_the_token_goes_to_the_hub_alone(hub: HubServer, release: Release, editor: User) -> None:
    with hub_server() as elsewhere:

        async def send_away(request: web.Request) -> web.StreamResponse | None:
            if "/commit/" in request.path:
                raise web.HTTPTemporaryRedirect(f"{elsewhere.url}{request.path}")
            return None

        hub.behave = send_away
        push = _worked(start_push(release, REPOSITORY, is_private=False, by=editor))
        assert push.status == "failed"
        assert all(TOKEN not in said for _, said in elsewhere.authorizations)
    assert {said for path, said in hub.authorizations if "/large/" in path} == {""}


def test_what_is_not_for_all_goes_to_private_repositories_alone(
    hub: HubServer, release: Release, editor: User
) -> None:
    Release.objects.filter(pk=release.pk).update(is_public=False)
    release.refresh_from_db()
    with pytest.raises(InvalidContentError, match="private"):
        start_push(release, REPOSITORY, is_private=False, by=editor)
    push = _worked(start_push(release, REPOSITORY, is_private=True, by=editor))
    assert (push.status, hub.repositories[REPOSITORY].is_private) == ("done", True)
    hub.repositories[REPOSITORY].is_private = False
    again = _worked(start_push(release, REPOSITORY, is_private=True, by=editor))
    assert (again.status, "everybody can read it" in again.failure) == ("failed", True)


def test_a_release_that_was_yanked_meanwhile_is_pushed_no_further(
    hub: HubServer, release: Release, editor: User
) -> None:
    push = start_push(release, REPOSITORY, is_private=False, by=editor)
    yank_release(release, because="A patient's name.", by=editor)
    assert "Only a published release" in _worked(push).failure
    assert hub.repositories[REPOSITORY].files == {}
    with pytest.raises(WrongMomentError, match="published"):
        start_push(release, "lab/other", is_private=False, by=editor)


def test_one_repository_takes_one_push_at_a_time(
    hub: HubServer, release: Release, editor: User
) -> None:
    push = start_push(release, REPOSITORY, is_private=False, by=editor)
    with pytest.raises(WrongMomentError, match="already"):
        start_push(release, REPOSITORY, is_private=False, by=editor)
    stop_push(push)
    start_push(release, REPOSITORY, is_private=False, by=editor)
    with pytest.raises(WrongMomentError, match="already"):
        retry_push(push)


def test_a_living_worker_is_not_disturbed(hub: HubServer, release: Release, editor: User) -> None:
    push = start_push(release, REPOSITORY, is_private=False, by=editor)
    later = timezone.now() + timedelta(minutes=5)
    HubPush.objects.filter(pk=push.pk).update(status="pushing", leased_until=later)
    assert _worked(push).status == "pushing"
    assert hub.asked == []
    _is_due(push)
    assert _worked(push).status == "done"


@pytest.mark.parametrize("token", ["", "  "])
def test_without_a_token_nothing_is_started(
    token: str, release: Release, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_TOKEN", token)
    with pytest.raises(WrongMomentError, match="HUB_TOKEN"):
        start_push(release, REPOSITORY, is_private=False, by=editor)


_LOADING = """
import sys
from datasets import load_dataset
rows = load_dataset(sys.argv[1], split="test")
print(len(rows), rows.column_names[0], rows[0]["image"].size)
"""


def test_two_lines_load_it_from_the_hub(
    hub: HubServer, release: Release, editor: User, tmp_path: Path
) -> None:
    _worked(start_push(release, REPOSITORY, is_private=False, by=editor))
    environment = os.environ | {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path),
        "HF_HUB_DISABLE_XET": "1",
    }
    loaded = subprocess.run(
        [sys.executable, "-c", _LOADING, REPOSITORY],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert loaded.returncode == 0, loaded.stderr[-3000:]
    rows = sum(len(item.revision.content().panels) for item in release.items.all())
    assert loaded.stdout.split() == [str(rows), "question", "(48,", "48)"]
