"""Pushes of a release to a hub of data sets: for editors."""

from typing import Any

from django.db import transaction

from curation import pushing
from curation.api.fields import Nothing
from curation.api.operations import ApiView, operation
from curation.api.paging import Paging, page_of
from curation.api.serializers.releases import PushBody, PushSerializer
from curation.http import fetch_visible
from curation.models import HubPush, Release, Scope
from curation.permissions import can_edit_collection
from curation.tasks import work_push

_READ, _WRITE = Scope.READ_RELEASES, Scope.WRITE_RELEASES


def _release(request: Any, version: str) -> Release:
    return fetch_visible(Release.objects.visible_to(request.user), version=version)


def _fetch(request: Any, version: str, push_id: int) -> HubPush:
    pushes = HubPush.objects.of_release(_release(request, version))
    return fetch_visible(pushes.select_related("release"), pk=push_id)


class PushList(ApiView):
    """Those of a version."""

    @operation(
        "list_pushes",
        may=can_edit_collection,
        scope=_READ,
        query=Paging,
        gives=PushSerializer,
    )
    def get(self, request: Any, version: str) -> Any:
        """The pushes of a release and how far they are, the newest first."""
        pushes = HubPush.objects.of_release(_release(request, version))
        return page_of(pushes.select_related("release"), self.asked, newest_first=True)

    @operation(
        "push_release",
        may=can_edit_collection,
        scope=_WRITE,
        body=PushBody,
        example={"repository": "our-lab/our-benchmark"},
        gives=PushSerializer,
        status=201,
    )
    def post(self, request: Any, version: str) -> Any:
        """Have a worker push a published release; its repository is made if it is not there yet.

        Files of an earlier release that this one does not have are removed there.
        """
        release = _release(request, version)
        push = pushing.start_push(release, **self.sent, by=request.user)
        transaction.on_commit(lambda: work_push.delay(push.pk))
        return push


class PushDetail(ApiView):
    """One of them."""

    @operation("read_push", may=can_edit_collection, scope=_READ, gives=PushSerializer)
    def get(self, request: Any, version: str, push_id: int) -> Any:
        """How far a push is."""
        return _fetch(request, version, push_id)


class PushStop(ApiView):
    """Stopping."""

    @operation(
        "stop_push", may=can_edit_collection, scope=_WRITE, body=Nothing, gives=PushSerializer
    )
    def post(self, request: Any, version: str, push_id: int) -> Any:
        """Stop a push after what is being sent; what has arrived stays at the hub."""
        pushing.stop_push(_fetch(request, version, push_id))
        return _fetch(request, version, push_id)


class PushRetry(ApiView):
    """Going on."""

    @operation(
        "retry_push", may=can_edit_collection, scope=_WRITE, body=Nothing, gives=PushSerializer
    )
    def post(self, request: Any, version: str, push_id: int) -> Any:
        """Go on with a push that failed or was stopped, from what has arrived."""
        push = _fetch(request, version, push_id)
        pushing.retry_push(push)
        transaction.on_commit(lambda: work_push.delay(push.pk))
        return _fetch(request, version, push_id)
