"""A worker that is killed while it pushes a release, as a machine would do it."""

import signal
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.utils import timezone
from pytest_django import Settings

from curation.exporting import write_release
from curation.models import HubPush, Status
from curation.pushing import start_push, work_push
from curation.releases import cut_release, publish_release, stored_name
from tests.curation.hub_server import TOKEN, hub_server
from tests.curation.statuses import bring_to, make_crew
from tests.killing import killed_in

pytestmark = pytest.mark.usefixtures("committed_db")


def test_a_worker_killed_while_it_pushes_is_followed_by_one_that_does_the_rest(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew = make_crew()
    bring_to(Status.APPROVED, crew)
    release = cut_release("7.8.0", notes="", by=crew.editor)
    write_release(release)
    publish_release(release, by=crew.editor)
    with hub_server() as hub:
        monkeypatch.setenv("HUB_TOKEN", TOKEN)
        monkeypatch.setenv("HUB_URL", hub.url)
        settings.HUB_URL = hub.url
        push = start_push(release, "lab/benchmark", is_private=False, by=crew.editor)
        # dies with the first commit made, while it fetches the last two files
        before_last = push.total_files - 1
        killed = killed_in("work_push", push.pk, at=("releases", "open"), after=before_last)
        assert killed == -signal.SIGKILL
        push.refresh_from_db()
        assert (push.status, push.done_files) == ("pushing", push.total_files - 2)
        assert "README.md" not in hub.repositories["lab/benchmark"].files
        sent = list(hub.uploads)
        work_push(push)  # the lease of the dead still holds
        assert HubPush.objects.get().done_files == push.total_files - 2
        HubPush.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        work_push(push)
        push.refresh_from_db()
        assert (push.status, push.failure, hub.uploads) == ("done", "", sent)
        for file in release.files.all():
            with storages["releases"].open(stored_name(release, file.path)) as opened:
                assert hub.repositories["lab/benchmark"].files[file.path] == opened.read()
