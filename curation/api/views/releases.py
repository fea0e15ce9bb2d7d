"""Releases: read by everybody who may, cut and published by editors."""

from functools import partial
from typing import Any

from django.db import transaction

from curation.api.fields import Nothing
from curation.api.operations import ApiView, operation
from curation.api.paging import Paging, page_of
from curation.api.serializers.releases import (
    CutBody,
    ReleasedProblemSerializer,
    ReleaseFileSerializer,
    ReleaseSerializer,
    YankBody,
)
from curation.api.shown import released
from curation.composing import Choice
from curation.exporting import cancel_writing, retry_release
from curation.http import fetch_visible
from curation.models import Release, ReleaseFile, Scope
from curation.permissions import can_edit_collection
from curation.releases import cut_release, discard_release, publish_release, yank_release
from curation.tasks import forget_release, write_release

_READ, _WRITE = Scope.READ_RELEASES, Scope.WRITE_RELEASES


def _fetch(request: Any, version: str) -> Release:
    visible = Release.objects.visible_to(request.user).with_size()
    return fetch_visible(visible, version=version)


class ReleaseList(ApiView):
    """Versions."""

    @operation("list_releases", may=None, scope=_READ, query=Paging, gives=ReleaseSerializer)
    def get(self, request: Any) -> Any:
        """Every version that you may see, the newest first."""
        visible = Release.objects.visible_to(request.user).with_size()
        return page_of(visible, self.asked, newest_first=True)

    @operation(
        "cut_release",
        may=can_edit_collection,
        scope=_WRITE,
        body=CutBody,
        example={"version": "1.1.0", "notes": "Forty new problems of radiology."},
        gives=ReleaseSerializer,
        status=201,
    )
    def post(self, request: Any) -> Any:
        """Cut a draft of what is approved; a worker then writes its files.

        Of the problems that are new the answers of a share may be held out, drawn by the seed.
        """
        release = cut_release(**_composed(self.sent), by=request.user)
        transaction.on_commit(lambda: write_release.delay(release.pk))
        return _fetch(request, release.version)


def _composed(sent: dict[str, Any]) -> dict[str, Any]:
    """What is sent, as the verb takes it: no specialty named is all of them."""
    specialties = frozenset(sent.pop("specialties")) or None
    choice = Choice(specialties=specialties, left_out=frozenset(sent.pop("left_out")))
    return {**sent, "choice": choice}


class ReleaseDetail(ApiView):
    """One version."""

    @operation("read_release", may=None, scope=_READ, gives=ReleaseSerializer)
    def get(self, request: Any, version: str) -> Any:
        """One version, and where its problems and files are."""
        return _fetch(request, version)


class ReleaseProblems(ApiView):
    """What is in a version."""

    @operation(
        "list_release_problems",
        may=None,
        scope=_READ,
        query=Paging,
        gives=ReleasedProblemSerializer,
    )
    def get(self, request: Any, version: str) -> Any:
        """The problems as this release has them, in its order; held-out answers are withheld."""
        items = _fetch(request, version).items.select_related("release", "revision", "problem")
        page = page_of(items, self.asked, "position")
        return page.showing(partial(released, request))


class ReleaseFiles(ApiView):
    """The files of a version."""

    @operation(
        "list_release_files",
        may=None,
        scope=_READ,
        query=Paging,
        gives=ReleaseFileSerializer,
    )
    def get(self, request: Any, version: str) -> Any:
        """Its files with sizes, checksums and addresses; none of a release that was yanked."""
        release = _fetch(request, version)
        files = ReleaseFile.objects.downloadable_by(request.user).filter(release=release)
        return page_of(files.select_related("release"), self.asked)


class ReleasePublish(ApiView):
    """Publishing."""

    @operation(
        "publish_release",
        may=can_edit_collection,
        scope=_WRITE,
        body=Nothing,
        gives=ReleaseSerializer,
    )
    def post(self, request: Any, version: str) -> Any:
        """Publish a draft whose files are complete, and with it the problems new in it."""
        publish_release(_fetch(request, version), by=request.user)
        return _fetch(request, version)


class ReleaseStop(ApiView):
    """Stopping the writing of files."""

    @operation(
        "stop_release", may=can_edit_collection, scope=_WRITE, body=Nothing, gives=ReleaseSerializer
    )
    def post(self, request: Any, version: str) -> Any:
        """Stop the worker that writes its files; the list of problems is kept."""
        cancel_writing(_fetch(request, version), by=request.user)
        return _fetch(request, version)


class ReleaseRetry(ApiView):
    """Writing files again."""

    @operation(
        "retry_release",
        may=can_edit_collection,
        scope=_WRITE,
        body=Nothing,
        gives=ReleaseSerializer,
    )
    def post(self, request: Any, version: str) -> Any:
        """Have the files written again that could not be written, or whose writing was stopped."""
        release = _fetch(request, version)
        retry_release(release, by=request.user)
        transaction.on_commit(lambda: write_release.delay(release.pk))
        return _fetch(request, version)


class ReleaseDiscard(ApiView):
    """Discarding."""

    @operation(
        "discard_release",
        may=can_edit_collection,
        scope=_WRITE,
        body=Nothing,
        gives=ReleaseSerializer,
    )
    def post(self, request: Any, version: str) -> Any:
        """Throw a draft away; the answer is what it was."""
        release = _fetch(request, version)
        discard_release(release, by=request.user)
        transaction.on_commit(lambda: forget_release.delay(version))
        return release


class ReleaseYank(ApiView):
    """Taking back."""

    @operation(
        "yank_release",
        may=can_edit_collection,
        scope=_WRITE,
        body=YankBody,
        example={"because": "Two images show the name of a patient."},
        gives=ReleaseSerializer,
    )
    def post(self, request: Any, version: str) -> Any:
        """Take a published release back: it stays and says why, its files are given no more."""
        yank_release(_fetch(request, version), because=self.sent["because"], by=request.user)
        return _fetch(request, version)
