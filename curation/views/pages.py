"""Home, the editors' view of the collection."""

import re
from dataclasses import dataclass

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from curation.http import AuthenticatedRequest, allowed_to, page_of
from curation.models import (
    ANNOTATION_CHOICES,
    Problem,
    Release,
    Review,
    Specialty,
    Status,
    User,
)
from curation.models.problem import ProblemQuerySet
from curation.permissions import can_author, can_edit_collection, can_review, is_member

_SHOWN = 5
_DISPUTED = "disputed"  # not a status of its own: submitted, and only an editor can go on
_NUMBER = re.compile(r"[0-9]{1,18}")  # of a row, at most as large as databases count


@require_safe
@allowed_to(is_member)
def home(request: AuthenticatedRequest) -> HttpResponseBase:
    """What waits for me."""
    person = request.user
    mine = Problem.objects.written_by(person).with_panels()
    waiting = Problem.objects.awaiting_review_by(person).with_panels()
    context = {
        "can_author": can_author(person),
        "can_review": can_review(person),
        "returned": mine.in_status(Status.CHANGES_REQUESTED)[:_SHOWN],
        "drafts": mine.in_status(Status.DRAFT)[:_SHOWN],
        "under_way": mine.in_status(Status.SUBMITTED, Status.APPROVED)[:_SHOWN],
        "reviews": waiting[:_SHOWN] if can_review(person) else [],
        "approved_count": Problem.objects.in_status(Status.APPROVED).count()
        if can_edit_collection(person)
        else 0,
        "disputes": _disputes().with_panels()[:_SHOWN] if can_edit_collection(person) else [],
        "latest_release": Release.objects.published().with_size().first(),
    }
    return render(request, "curation/home.html", context)


def _disputes() -> ProblemQuerySet:
    """What reviewers disagree about, and an editor has not decided."""
    return Review.objects.disputed(Problem.objects.all())


@require_safe
@allowed_to(can_edit_collection)
def collection(request: AuthenticatedRequest) -> HttpResponseBase:
    """Every problem, by status; of one author or of some annotations if wanted."""
    filters = _filters(request)
    chosen = Problem.objects.described_as(**{each.name: each.value for each in filters})
    problems = chosen.with_panels()
    status = request.GET.get("status", "")
    if status in Status.values:
        problems = problems.in_status(Status(status))
    if status == _DISPUTED:
        problems = Review.objects.disputed(problems)
    page = page_of(request, problems)
    counts = chosen.count_by_status() | {_DISPUTED: Review.objects.disputed(chosen).count()}
    labels = [(_DISPUTED, "Disputes"), *Status.choices]
    statuses = [(value, label, counts.get(value, 0)) for value, label in labels]
    context = {"page": page, "statuses": statuses, "status": status, "filters": filters}
    return render(request, "curation/collection.html", context)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is limited to."""

    name: str
    value: str | int
    label: str

    @property
    def lifted(self) -> dict[str, None]:
        """What an address has to change to lift it."""
        return {self.name: None}


def _filters(request: AuthenticatedRequest) -> list[Filter]:
    """Those that the address names and that mean something."""
    kinds = ("image_type", "difficulty")
    named = [(kind, request.GET.get(kind, "")) for kind in kinds]
    filters = [
        Filter(kind, value, str(ANNOTATION_CHOICES[kind](value).label))
        for kind, value in named
        if value in ANNOTATION_CHOICES[kind].values
    ]
    names = dict(Specialty.objects.values_list("slug", "name"))
    specialty = request.GET.get("specialty", "")
    if specialty in names:
        filters.insert(0, Filter("specialty", specialty, names[specialty]))
    author = request.GET.get("author", "")
    people = User.objects.in_bulk([int(author)] if _NUMBER.fullmatch(author) else [])
    filters += [Filter("author", person.pk, f"by {person}") for person in people.values()]
    return filters
