"""The feed of releases, for those who want to hear of the next one."""

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import linebreaks
from django.views.decorators.http import require_safe

from curation.domain.markdown import rendered
from curation.http import ReaderRequest, open_to_readers
from curation.models import Release

_MOST = 50


class _Releases(Feed):  # type: ignore[type-arg]  # Django's own class takes no parameters
    """What is published for all, the newest first; what was yanked since says so."""

    feed_type = Atom1Feed

    def title(self) -> str:
        return f"{settings.SITE_NAME}: releases"

    def subtitle(self) -> str:
        return "Frozen versions of the benchmark with their files."

    def link(self) -> str:
        return reverse("curation:release_list")

    def feed_url(self) -> str:
        return reverse("curation:release_feed")

    def items(self) -> QuerySet[Release]:
        return Release.objects.public().with_size()[:_MOST]

    def item_title(self, item: Release) -> str:
        return f"Release {item.version}{' (yanked)' if item.is_yanked else ''}"

    def item_description(self, item: Release) -> str:
        """As HTML: Atom says that its summaries are."""
        if item.is_yanked:
            return linebreaks(f"Taken back: {item.yanked_because}", autoescape=True)
        return rendered(item.notes)

    def item_link(self, item: Release) -> str:
        return reverse("curation:release_detail", args=[item.version])

    def item_pubdate(self, item: Release) -> object:
        return item.published_at

    def item_updateddate(self, item: Release) -> object:
        return item.yanked_at or item.published_at


@require_safe
@open_to_readers
def release_feed(request: ReaderRequest) -> HttpResponseBase:
    """As Atom."""
    answer = _Releases()(request)
    answer["Cache-Control"] = "public, max-age=300"
    return answer
