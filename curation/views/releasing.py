"""What becomes of a release: published, discarded, yanked; how it differs from another."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page
from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation.errors import InvalidContentError
from curation.exporting import cancel_writing
from curation.forms.releases import CompareReleasesForm, YankForm
from curation.http import (
    AuthenticatedRequest,
    ReaderRequest,
    allowed_to,
    fetch_visible,
    open_to_readers,
    page_of,
)
from curation.models import Problem, Release, ReleaseItem, Revision, StatusChange, User
from curation.models.release_item import ReleaseItemQuerySet
from curation.permissions import answers_hidden_from, can_edit_collection
from curation.releases import discard_release, publish_release, yank_release
from curation.tasks import forget_release
from curation.views.found import ShownPanel
from curation.views.showing import shown_panels

_FEWEST = 2  # releases that can be compared
_OF_THE_EARLIER = {"left_out", "retired"}


def _fetch(request: AuthenticatedRequest, version: str) -> Release:
    return fetch_visible(Release.objects.visible_to(request.user).with_size(), version=version)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def release_publish(request: AuthenticatedRequest, version: str) -> HttpResponseBase:
    """What publishing means, then doing it."""
    release = _fetch(request, version)
    context: dict[str, Any] = {
        "release": release,
        "held_out_count": release.items.held_out().count(),
        "new_count": release.items.unpublished().count(),
        "outdated": [str(item.problem) for item in release.items.outdated()[:5]],
    }
    if request.method != "POST":
        return render(request, "curation/release_publish.html", context)
    try:
        publish_release(release, by=request.user)
    except InvalidContentError as error:
        context["error"] = str(error)
        return render(request, "curation/release_publish.html", context, status=422)
    messages.success(request, f"Release {release} is published.")
    return redirect("curation:release_detail", version=version)


@require_POST
@allowed_to(can_edit_collection)
def release_stop(request: AuthenticatedRequest, version: str) -> HttpResponseBase:
    """Stop the worker that writes the files of a release."""
    cancel_writing(_fetch(request, version), by=request.user)
    messages.success(request, "Stopped. The list of problems is kept; the files can be written.")
    return redirect("curation:release_detail", version=version)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def release_discard(request: AuthenticatedRequest, version: str) -> HttpResponseBase:
    """What discarding a draft means, then doing it."""
    release = _fetch(request, version)
    if request.method != "POST":
        return render(request, "curation/release_discard.html", {"release": release})
    discard_release(release, by=request.user)
    transaction.on_commit(lambda: forget_release.delay(version))
    messages.success(request, f"The draft of release {version} is discarded.")
    return redirect("curation:release_list")


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def release_yank(request: AuthenticatedRequest, version: str) -> HttpResponseBase:
    """What yanking means, then doing it for a reason that everybody reads."""
    release = _fetch(request, version)
    form = YankForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        yank_release(release, because=form.cleaned_data["because"], by=request.user)
        messages.success(request, f"Release {version} is yanked. Its page says why.")
        return redirect("curation:release_detail", version=version)
    context = {"release": release, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "curation/release_yank.html", context, status=status)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShownItem:
    """A problem that two releases do not share, as one of them has it."""

    item: ReleaseItem
    release: Release  # that has it so
    query: ShownPanel
    earlier: Revision | None
    reason: str
    is_open: bool


@require_safe
@open_to_readers
def release_compare(request: ReaderRequest) -> HttpResponseBase:
    """What is in one release and not in another, and what both have otherwise."""
    releases = list(Release.objects.visible_to(request.user).order_by("-pk"))
    form = CompareReleasesForm(releases, _asked(request, releases))
    if len(releases) < _FEWEST or not form.is_valid():
        context = {"form": form, "releases": releases}
        status = 200 if len(releases) < _FEWEST else 422
        return render(request, "curation/release_compare.html", context, status=status)
    before, after = form.chosen()
    kinds = _kinds(before, after)
    counts = {name: rows.count() for name, (_, rows) in kinds.items()}
    first = next((name for name, count in counts.items() if count), "added")
    kind = request.GET.get("kind", "")
    kind = kind if kind in kinds else first
    page = page_of(request, kinds[kind][1].with_parts())
    context = {
        "form": form,
        "releases": releases,
        "before": before,
        "after": after,
        "kinds": [(name, words, counts[name]) for name, (words, _) in kinds.items()],
        "kind": kind,
        "page": page,
        "rows": _shown(request, page, before, before if kind in _OF_THE_EARLIER else after),
    }
    return render(request, "curation/release_compare.html", context)


def _asked(request: ReaderRequest, releases: Sequence[Release]) -> dict[str, str]:
    """The two that the address names; else the newest with the one that was cut before it."""
    after = request.GET.get("after") or (releases[0].version if releases else "")
    versions = [release.version for release in releases]
    earlier = versions[versions.index(after) + 1 :] if after in versions else []
    return {"after": after, "before": request.GET.get("before") or next(iter(earlier), after)}


def _kinds(before: Release, after: Release) -> dict[str, tuple[str, ReleaseItemQuerySet]]:
    """The differences by name, each with its words and its items in the release that has them."""
    gone = before.items.absent_from(after)
    return {
        "added": ("Added", after.items.absent_from(before)),
        "changed": ("Changed", after.items.revised_since(before)),
        "left_out": ("Left out", gone.standing()),
        "retired": ("Retired", gone.retired()),
        "held_out": ("Newly held out", after.items.held_out_since(before)),
    }


def _open_to(person: User | AnonymousUser, problems: Sequence[Problem]) -> Collection[UUID]:
    """Which have a page of their own for this person; all have one as their release has them."""
    if not isinstance(person, User):
        return ()
    return Problem.objects.visible_to(person).in_bulk([problem.pk for problem in problems])


def _shown(
    request: ReaderRequest, page: Page[ReleaseItem], before: Release, release: Release
) -> Iterator[_ShownItem]:
    problems = [item.problem for item in page]
    visible = _open_to(request.user, problems)
    earlier = {
        item.problem_id: item.revision
        for item in before.items.of_problems(problems).select_related("revision")
    }
    hidden = answers_hidden_from(request.user, problems)
    told = [problem for problem in problems if problem.pk not in hidden]
    reasons = StatusChange.objects.reasons_of_retiring(told)
    for item in page:
        *_, query = shown_panels(item.revision)
        known = earlier.get(item.problem_id)
        yield _ShownItem(
            item=item,
            release=release,
            query=query,
            earlier=known if known and known.pk != item.revision_id else None,
            reason=reasons.get(item.problem_id, ""),
            is_open=item.problem_id in visible,
        )
