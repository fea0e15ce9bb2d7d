"""Pushing a release to a hub by the API: started once, watched, stopped, gone on with."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from curation.models import HubPush, Release
from curation.pushing import work_push
from tests.curation.hub_server import TOKEN, HubServer, hub_server
from tests.curation.programs import Program, walk
from tests.curation.releasing import written_release, yank
from tests.factories import make_editor, make_person

pytestmark = pytest.mark.django_db

_BODY = {"repository": "lab/benchmark"}


@pytest.fixture
def hub(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("HUB_TOKEN", TOKEN)
    with hub_server() as server:
        settings.HUB_URL = server.url
        yield server


@pytest.fixture
def release() -> Release:
    return written_release(problems=1)


@pytest.fixture
def editor() -> Program:
    return Program(make_editor())


def test_a_push_is_started_once_and_watched_until_it_is_done(
    hub: HubServer, release: Release, editor: Program
) -> None:
    path = f"/releases/{release}/pushes"
    asked = editor.post(path, _BODY, key="one")
    assert (asked.status_code, asked.json()["status"]) == (201, "queued")
    assert editor.post(path, _BODY, key="one").json() == asked.json()
    assert editor.post(path, _BODY).status_code == 409  # it is going on
    work_push(HubPush.objects.get())
    said = editor.get(asked.json()["url"]).json()
    assert (said["status"], said["failure"]) == ("done", "")
    assert said["done_files"] == said["total_files"] == release.files.count()
    assert walk(editor, path) == [said]
    assert TOKEN not in str(said)
    assert "README.md" in hub.repositories["lab/benchmark"].files


def test_a_push_is_stopped_and_gone_on_with(
    hub: HubServer, release: Release, editor: Program
) -> None:
    push = editor.post(f"/releases/{release}/pushes", _BODY).json()
    assert editor.post(f"{push['url']}/retry").status_code == 409
    assert editor.post(f"{push['url']}/stop").json()["status"] == "stopped"
    assert editor.post(f"{push['url']}/stop").status_code == 409
    assert editor.post(f"{push['url']}/retry").json()["status"] == "queued"


def test_without_a_token_of_the_hub_or_once_it_is_yanked_nothing_is_pushed(
    hub: HubServer, release: Release, editor: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    yank(release)
    path = f"/releases/{release}/pushes"
    refused = editor.post(path, _BODY)
    assert (refused.status_code, "published" in refused.json()["detail"]) == (409, True)
    monkeypatch.delenv("HUB_TOKEN")
    refused = editor.post(path, _BODY)
    assert (refused.status_code, "HUB_TOKEN" in refused.json()["detail"]) == (409, True)


def test_what_is_no_repository_is_refused(release: Release, editor: Program) -> None:
    refused = editor.post(f"/releases/{release}/pushes", {"repository": "https://x/y"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/repository")


def test_a_release_for_members_goes_to_no_public_repository(
    hub: HubServer, editor: Program
) -> None:
    release = written_release(problems=1, is_public=False)
    path = f"/releases/{release}/pushes"
    assert editor.post(path, _BODY).status_code == 422
    assert editor.post(path, {**_BODY, "is_private": True}).status_code == 201


def test_only_editors_see_pushes(release: Release) -> None:
    path = f"/releases/{release}/pushes"
    assert Program().get(path).status_code == 401
    for member in (make_person(is_author=True), make_person(is_reviewer=True)):
        for below in ("", "/1"):
            assert Program(member).get(f"{path}{below}").status_code == 403
