"""Coverage, for editors: what there is, what is missing, how people get on and agree."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from curation.coverage import ANNOTATION_NAMES, current_coverage
from curation.domain.coverage import AuthorProgress, Baseline, Coverage, ReviewerProgress, Time
from curation.domain.judging import VERDICT
from curation.domain.proportions import Estimate
from curation.http import PAGE_SIZE, AuthenticatedRequest, allowed_to
from curation.models import Heartbeat, Specialty, Stage, Status, Verdict
from curation.permissions import can_edit_collection
from curation.views.coverage_table import coverage_table, leading_to

PARTS = {
    "problems": "Problems",
    "authors": "Authors",
    "reviewers": "Reviewers",
    "agreement": "Agreement",
}
_AUTHORS_SEE = (
    Status.DRAFT,
    Status.SUBMITTED,
    Status.CHANGES_REQUESTED,
    Status.APPROVED,
    Status.PUBLISHED,
)
_LONG_AGO = 0.0

type _Keys[P] = dict[str, tuple[str, Callable[[P], Any]]]
"""By what people can be sorted: a word, and what is compared."""


@require_safe
@allowed_to(can_edit_collection)
def coverage(request: AuthenticatedRequest) -> HttpResponseBase:
    """One part of the count at a time."""
    part = request.GET.get("show", "")
    part = part if part in PARTS else "problems"
    now = timezone.now()
    found = current_coverage(now)
    context: dict[str, Any] = {"part": part, "parts": PARTS, "coverage": found}
    if found is None:
        context["is_worker_alive"] = Heartbeat.objects.is_worker_alive(now)
    else:
        context["is_kept"] = found.counted_at < now
        context |= _SHOWN[part](request, found)
    return render(request, "curation/coverage.html", context)


def _problems(request: AuthenticatedRequest, found: Coverage) -> dict[str, Any]:
    status = request.GET.get("status", "")
    status = status if status in Status.values else ""
    specialties = dict(Specialty.objects.values_list("slug", "name"))
    return {
        "table": coverage_table(found.cells, specialties, status),
        "statuses": [(each.value, each.label, _count_in(found, each)) for each in Status],
        "status": status,
        "status_label": Status(status).label if status else "",
    }


def _count_in(found: Coverage, status: Status) -> int:
    return sum(cell.count for cell in found.cells if cell.status == status)


@dataclass(frozen=True, slots=True)
class Count:
    """A number under its heading, and the problems it counts."""

    label: str
    count: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class AuthorRow:
    """One author as the table shows them."""

    author: AuthorProgress

    @property
    def counts(self) -> list[Count]:
        """Problems by status."""
        return [
            Count(
                _HEADINGS.get(status, status.label),
                self.author.by_status.get(status, 0),
                leading_to(author=self.author.person_id, status=status),
            )
            for status in _AUTHORS_SEE
        ]


_HEADINGS = {Status.DRAFT: "Drafts", Status.CHANGES_REQUESTED: "Returned"}


@dataclass(frozen=True, slots=True)
class ReviewerRow:
    """One reviewer as the table shows them."""

    reviewer: ReviewerProgress

    @property
    def counts(self) -> list[Count]:
        """Verdicts by kind, after what is held now."""
        given = [
            Count(verdict.label, self.reviewer.verdicts.get(verdict, 0)) for verdict in Verdict
        ]
        return [Count("Holds now", self.reviewer.claims), *given]


def _last_active(person: AuthorProgress | ReviewerProgress) -> float:
    at = person.last_active_at
    return -at.timestamp() if at else _LONG_AGO


def _slowest(time: Time) -> float:
    return -(time.median or 0)


_BY_AUTHOR: _Keys[AuthorProgress] = {
    "active": ("Last active", _last_active),
    "name": ("Name", lambda person: person.name.casefold()),
    "drafts": ("Most drafts", lambda person: -person.by_status.get(Status.DRAFT, 0)),
    "published": ("Most published", lambda person: -person.by_status.get(Status.PUBLISHED, 0)),
    "time": ("Longest time", lambda person: _slowest(person.time)),
}
_BY_REVIEWER: _Keys[ReviewerProgress] = {
    "active": ("Last active", _last_active),
    "name": ("Name", lambda person: person.name.casefold()),
    "verdicts": ("Most verdicts", lambda person: -sum(person.verdicts.values())),
    "agreement": ("Least agreement", lambda person: _ascending(person.same)),
    "time": ("Longest time", lambda person: _slowest(person.time)),
}


def _ascending(share: Estimate) -> float:
    return 2.0 if share.value is None else share.value


def _sorted_page[P](
    request: AuthenticatedRequest, people: Iterable[P], keys: _Keys[P]
) -> tuple[Page[P], dict[str, Any]]:
    sort = request.GET.get("sort", "")
    sort = sort if sort in keys else "active"
    ordered = sorted(people, key=keys[sort][1])
    page = Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
    return page, {"page": page, "sort": sort, "sorts": [(key, keys[key][0]) for key in keys]}


def _authors(request: AuthenticatedRequest, found: Coverage) -> dict[str, Any]:
    page, context = _sorted_page(request, found.authors, _BY_AUTHOR)
    return context | {"rows": [AuthorRow(author) for author in page]}


def _reviewers(request: AuthenticatedRequest, found: Coverage) -> dict[str, Any]:
    page, context = _sorted_page(request, found.reviewers, _BY_REVIEWER)
    return context | {"rows": [ReviewerRow(reviewer) for reviewer in page]}


def _agreement(_: AuthenticatedRequest, found: Coverage) -> dict[str, Any]:
    labels = {VERDICT: "Verdict"} | {
        name: name.replace("_", " ").capitalize() for name in ANNOTATION_NAMES
    }
    return {
        "agreed": [(labels[name], found.agreement[name]) for name in labels],
        "baseline": [(Stage(stage).label, row) for stage, row in found.baseline.items()],
        "is_judged": any(person.verdicts for person in found.reviewers),
        "is_answered": any(map(_is_given, found.baseline.values())),
    }


def _is_given(baseline: Baseline) -> bool:
    return bool(baseline.right.n or baseline.skipped)


_SHOWN: dict[str, Callable[[AuthenticatedRequest, Coverage], dict[str, Any]]] = {
    "problems": _problems,
    "authors": _authors,
    "reviewers": _reviewers,
    "agreement": _agreement,
}
