"""What a release's page shows of its pushes to a hub."""

from dataclasses import dataclass

from django import template
from django.conf import settings
from django.utils import timezone

from curation.forms.hub import HubPushForm
from curation.models import Heartbeat, HubPush, Release
from curation.pushing import why_not

register = template.Library()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownHub:
    """The pushes of a release, and whether another can be started."""

    url: str
    pushes: list[HubPush]
    why_not: str
    form: HubPushForm
    is_worker_alive: bool

    @property
    def is_going_on(self) -> bool:
        """Whether something more will happen by itself."""
        return any(push.is_going_on for push in self.pushes)


@register.simple_tag
def hub_of(release: Release, form: HubPushForm | None = None) -> ShownHub:
    """What there is to show; ``form``: as it was sent, if it was."""
    return ShownHub(
        url=settings.HUB_URL,
        pushes=list(HubPush.objects.of_release(release)),
        why_not=why_not(),
        form=form or HubPushForm(initial={"is_private": not release.is_public}),
        is_worker_alive=Heartbeat.objects.is_worker_alive(timezone.now()),
    )
