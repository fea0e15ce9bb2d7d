"""Who hears of a release: editors of a draft, authors and editors once it is published.

Verbs call these inside their transaction, as those of `notifications`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.urls import reverse

from curation.models import Notice, NoticeKind, Problem, Release, User


def tell_of_publication(release: Release, problems: Iterable[Problem], *, by: User) -> None:
    """Authors hear once which of their problems are published for the first time.

    The other editors, and authors of whom the release has only what was published before, hear
    that there is a new one.
    """
    by_author: dict[User, list[Problem]] = defaultdict(list)
    for problem in problems:
        by_author[problem.author].append(problem)
    for author, published in by_author.items():
        _tell_published(release, author, published)
    is_concerned = Q(is_editor=True) | Q(problems__release_items__release=release)
    told = [by.pk, *(author.pk for author in by_author)]
    Notice.objects.tell(
        User.objects.filter(is_concerned).exclude(pk__in=told).distinct(),
        kind=NoticeKind.PUBLISHED,
        about=f"Release {release}",
        text="It is published: its files can be downloaded.",
        address=_release(release),
    )


def _tell_published(release: Release, author: User, problems: Sequence[Problem]) -> None:
    only = problems[0] if len(problems) == 1 else None
    what = "It is" if only else f"{len(problems)} of your problems are"
    Notice.objects.tell(
        [author],
        kind=NoticeKind.PUBLISHED,
        problem=only,
        about="" if only else f"Release {release}",
        text=f"{what} published in release {release}.",
        address=_release(release),
    )


def tell_of_ready_release(release: Release) -> None:
    """Editors hear that a draft can be looked at; nobody else knows of it yet."""
    Notice.objects.tell(
        User.objects.filter(is_editor=True),
        kind=NoticeKind.RELEASE_READY,
        about=f"Release {release}",
        text="Its files are written. It is a draft until one of you publishes it.",
        address=_release(release),
        once=f"release {release.pk} ready",
    )


def _release(release: Release) -> str:
    return reverse("curation:release_detail", args=[release.version])
