"""An editor pushes a release from its page, watches, stops and goes on."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from curation.exporting import write_release
from curation.models import HubPush, Release, Status
from curation.pushing import work_push
from curation.releases import cut_release, publish_release
from tests.curation.hub_server import TOKEN, HubServer, hub_server
from tests.curation.statuses import Crew, bring_to, make_crew

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("HUB_TOKEN", TOKEN)
    with hub_server() as server:
        settings.HUB_URL = server.url
        yield server


@pytest.fixture
def crew(client: Client) -> Crew:
    crew = make_crew()
    client.force_login(crew.editor)
    return crew


@pytest.fixture
def release(crew: Crew) -> Release:
    bring_to(Status.APPROVED, crew)
    release = cut_release("1.0.0", notes="", by=crew.editor)
    write_release(release)
    publish_release(release, by=crew.editor)
    release.refresh_from_db()
    return release


def _page(client: Client, release: Release, **headers: str) -> str:
    address = reverse("curation:release_hub", args=[release.version])
    return client.get(address, headers=headers).content.decode()


def _push(client: Client, release: Release, **fields: str) -> int:
    address = reverse("curation:release_push", args=[release.version])
    return client.post(address, fields).status_code


def test_a_push_is_started_watched_and_seen_to_be_done(
    client: Client, hub: HubServer, release: Release
) -> None:
    assert f"Push this release to {hub.url}" in _page(client, release)
    assert _push(client, release, repository="lab/benchmark") == 302
    assert "every 2s" in _page(client, release)
    work_push(HubPush.objects.get())
    page = _page(client, release)
    assert "files are there" in page
    assert "every 2s" not in page
    assert TOKEN not in page
    polled = _page(client, release, HX_Request="true")
    assert "<html" not in polled
    assert "files are there" in polled


@pytest.mark.parametrize(
    "repository", ["", "benchmark", "a/b/c", "https://x/y", "lab/../x", "-a/b"]
)
def test_what_is_no_repository_is_refused_in_words(
    repository: str, client: Client, hub: HubServer, release: Release
) -> None:
    assert _push(client, release, repository=repository) == 422
    assert not HubPush.objects.exists()


def test_what_is_not_for_all_is_not_pushed_for_all(
    client: Client, hub: HubServer, release: Release
) -> None:
    Release.objects.update(is_public=False)
    assert _push(client, release, repository="lab/benchmark") == 422
    assert _push(client, release, repository="lab/benchmark", is_private="on") == 302


def test_a_push_is_stopped_and_goes_on(client: Client, hub: HubServer, release: Release) -> None:
    _push(client, release, repository="lab/benchmark")
    push = HubPush.objects.get()
    stop = reverse("curation:release_push_stop", args=[release.version, push.pk])
    retry = reverse("curation:release_push_retry", args=[release.version, push.pk])
    assert client.post(retry).status_code == 409
    assert client.post(stop).status_code == 302
    assert client.post(stop).status_code == 409
    assert "Stopped" in _page(client, release)
    assert client.post(retry).status_code == 302
    push.refresh_from_db()
    assert push.status == "queued"


def test_a_failure_is_shown_with_what_to_do(
    client: Client, hub: HubServer, release: Release
) -> None:
    _push(client, release, repository="others/benchmark")
    work_push(HubPush.objects.get())
    assert "may not write to others/benchmark" in _page(client, release)


def test_without_a_token_the_page_says_what_is_missing(
    client: Client, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUB_TOKEN", raising=False)
    page = _page(client, release)
    assert "must put a token of the hub into HUB_TOKEN" in page
    assert "<form" not in page.partition("hub-title")[2].partition("</section>")[0]
    assert _push(client, release, repository="lab/benchmark") == 409
