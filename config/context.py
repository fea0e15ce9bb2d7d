"""What every page's frame shows: the site's name, the way to the other pages, unread notices."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from curation.models import Notice, Problem, User
from curation.permissions import can_author, can_edit_collection, can_review

_MOST_COUNTED = 100
_ACCOUNTS = "/accounts/"


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the navigation."""

    label: str
    url: str
    is_current: bool
    count: int = 0


def site(request: HttpRequest) -> dict[str, Any]:
    """What base.html asks for: the site's name, the ways to other pages, what nobody read yet."""
    return {
        "site_name": settings.SITE_NAME,
        "navigation": _navigation(request),
        "account_navigation": [_link(request, "Account", "curation:account")],
        "sign_in_url": _sign_in_url(request),
        # Asked only by templates that show it: a fragment without it needs no query.
        "unread_count": partial(_unread_count, request),
    }


def _unread_count(request: HttpRequest) -> int:
    """How many notices nobody read; no more than are worth counting."""
    person = getattr(request, "user", None)
    if not isinstance(person, User):
        return 0
    return Notice.objects.to(person).unread()[:_MOST_COUNTED].count()


def _sign_in_url(request: HttpRequest) -> str:
    """The way in, and back to this page, for whoever is not; none where they are about to."""
    is_in = isinstance(getattr(request, "user", None), User)
    if is_in or request.path.startswith(_ACCOUNTS):
        return ""
    url = reverse("account_login")
    return f"{url}?{urlencode({'next': request.path})}" if request.method == "GET" else url


def _link(request: HttpRequest, label: str, name: str, count: int = 0) -> Link:
    url = reverse(name)
    return Link(label, url, request.path.startswith(url), count)


def _navigation(request: HttpRequest) -> list[Link]:
    person = getattr(request, "user", None)
    if not isinstance(person, User):
        return [_link(request, "Releases", "curation:release_list")]
    return [_link(request, label, name, count) for label, name, count in _entries(person)]


def _entries(person: User) -> list[tuple[str, str, int]]:
    entries: list[tuple[str, str, int]] = []
    if can_author(person):
        entries.append(("My problems", "curation:problem_list", 0))
    if can_review(person):
        waiting = Problem.objects.all().count_awaiting(person)
        entries.append(("Review", "curation:review_queue", waiting))
    if can_edit_collection(person):
        entries.append(("Collection", "curation:collection", 0))
        entries.append(("Coverage", "curation:coverage", 0))
        entries.append(("People", "curation:people", 0))
        entries.append(("History", "curation:history_list", 0))
    entries.append(("Releases", "curation:release_list", 0))
    entries.append(("Runs", "evaluation:run_list", 0))
    if can_edit_collection(person):
        entries.append(("Endpoints", "evaluation:endpoint_list", 0))
    entries.append(("Leaderboard", "evaluation:leaderboard", 0))
    entries.append(("Instructions", "curation:instructions", 0))
    return entries
