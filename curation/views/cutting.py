"""Cutting a release: what it would list, how it would differ from the last, then doing it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from curation.composing import EVERYTHING, Choice, Composition, SpecialtyCount, compose
from curation.errors import InvalidContentError, StaleVersionError
from curation.forms.releases import ChoiceForm, ReleaseForm
from curation.http import AuthenticatedRequest, allowed_to, page_of
from curation.models import Problem, Release, Specialty, Status
from curation.permissions import can_edit_collection
from curation.releases import cut_release, suggested_version
from curation.tasks import write_release

_MOST_LISTED = 50
_MOST_NAMED = 10
# Buttons that only look, by their value: where they lead.
_STEPS = {"show": "curation:release_create", "choose": "curation:release_choose"}
_TYPED = "release_typed"  # in the session
_CHOOSING = ("specialty", "without", "held_out_percent", "seed")


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def release_create(request: AuthenticatedRequest) -> HttpResponseBase:
    """What a release would have, everything unless chosen otherwise, then cutting it so.

    One form for all of it: each of its buttons sends what the page shows, so that nothing else
    is cut, and nothing that was typed is lost by looking first.
    """
    if request.method != "POST":
        chosen = _chosen(request.GET)
        form = ReleaseForm(initial=_typed(request))
        return _page(request, chosen, form, status=200 if chosen.form.is_valid() else 422)
    chosen, form = _chosen(request.POST), ReleaseForm(request.POST)
    if step := _STEPS.get(request.POST.get("step", "")):
        _keep_typed(request)
        if chosen.form.is_valid():
            return redirect(f"{reverse(step)}?{chosen.query}#contents")
    if not (form.is_valid() and chosen.form.is_valid()):
        return _page(request, chosen, form, status=422)
    return _cut(request, chosen, form)


def _cut(request: AuthenticatedRequest, chosen: "_Chosen", form: ReleaseForm) -> HttpResponseBase:
    how = {**form.cleaned_data, **chosen.form.drawing()}
    try:
        release = cut_release(**how, choice=chosen.form.choice(), by=request.user)
    except InvalidContentError as error:
        field = "version" if isinstance(error, StaleVersionError) else None
        form.add_error(field, str(error))
        return _page(request, chosen, form, status=422)
    request.session.pop(_TYPED, None)
    transaction.on_commit(lambda: write_release.delay(release.pk))
    return redirect("curation:release_detail", version=release.version)


def _keep_typed(request: AuthenticatedRequest) -> None:
    """Remember what is said of the release until it is cut: too long for an address."""
    typed: dict[str, str | bool] = {
        name: request.POST.get(name, "") for name in ("version", "notes", "limits")
    }
    if typed["version"] == suggested_version():
        del typed["version"]  # another is suggested once somebody else cut this one
    request.session[_TYPED] = {**typed, "is_public": "is_public" in request.POST}


def _typed(request: AuthenticatedRequest) -> dict[str, str | bool]:
    return {"version": suggested_version(), **request.session.get(_TYPED, {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """What the address, or the form that was sent, chooses of what may be released."""

    form: ChoiceForm
    sent: QueryDict
    names: Mapping[str, str]
    available: Composition
    composed: Composition

    @property
    def rows(self) -> Iterator[tuple[str, SpecialtyCount]]:
        """How many of each specialty the release would have."""
        counts = self.composed.by_specialty()
        for slug, name in self.names.items():
            if slug in counts:
                yield name, counts[slug]

    @property
    def query(self) -> str:
        """The choice as the part of an address."""
        return self.sent.urlencode()

    @property
    def fields(self) -> Iterator[tuple[str, str]]:
        """The choice as hidden fields."""
        for name, values in self.sent.lists():
            yield from ((name, value) for value in values)

    @property
    def left_out(self) -> Sequence[UUID]:
        """Single problems that are left out, as far as the form can be read."""
        return [UUID(one) for one in getattr(self.form, "cleaned_data", {}).get("without", [])]

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out, and nothing held out that was not before."""
        is_whole = len(self.composed.problems) == len(self.available.problems)
        return is_whole and self.composed.held_out == self.available.held_out


def _chosen(sent: QueryDict) -> _Chosen:
    releasable = list(Problem.objects.releasable().select_related("specialty"))
    kept = QueryDict(mutable=True)
    for name in _CHOOSING:
        if values := [value for value in sent.getlist(name) if value]:
            kept.setlist(name, values)
    available = compose(releasable, EVERYTHING, held_out_percent=0, seed=0)
    names = _names(available)
    form = ChoiceForm(_labels(available, names), _with_defaults(kept))
    if not form.is_valid():
        return _Chosen(form=form, sent=kept, names=names, available=available, composed=available)
    composed = compose(releasable, form.choice(), **form.drawing())
    return _Chosen(form=form, sent=kept, names=names, available=available, composed=composed)


def _with_defaults(sent: QueryDict) -> QueryDict:
    """What the form shows where the address says nothing."""
    shown = sent.copy()
    for name in ("held_out_percent", "seed"):
        shown.setdefault(name, str(ChoiceForm.base_fields[name].initial))
    return shown


def _names(composed: Composition) -> dict[str, str]:
    """What the specialties of these problems are called, by their slug."""
    present = composed.by_specialty()
    known = Specialty.objects.values_list("slug", "name")
    return {slug: name for slug, name in known if slug in present}


def _labels(composed: Composition, names: Mapping[str, str]) -> dict[str, str]:
    counts = composed.by_specialty()
    return {
        slug: f"{name} ({counts[slug].total:,}, {counts[slug].new:,} new)"
        for slug, name in names.items()
    }


def _page(
    request: AuthenticatedRequest, chosen: _Chosen, form: ReleaseForm, *, status: int
) -> HttpResponse:
    new = [p.pk for p in chosen.composed.problems if p.status == Status.APPROVED]
    first = Problem.objects.with_panels().in_bulk(new[:_MOST_LISTED])
    context = {
        "form": form,
        "chosen": chosen,
        "composed": chosen.composed,
        "draft": Release.objects.drafts().first(),
        "problems": [first[pk] for pk in new[:_MOST_LISTED]],
        "left_out": list(Problem.objects.with_panels().in_bulk(chosen.left_out).values()),
        "difference": _difference(chosen.composed),
    }
    return render(request, "curation/release_create.html", context, status=status)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    """What a release would not have that the last one has."""

    last: Release
    retired: Sequence[Problem]
    retired_count: int
    left_out: Sequence[Problem]
    left_out_count: int


def _difference(composed: Composition) -> _Difference | None:
    last = Release.objects.published().order_by("pk").last()
    if last is None:
        return None
    listed = {problem.pk for problem in composed.problems}
    standing = last.items.standing().values_list("problem", flat=True)
    left_out = [problem for problem in standing if problem not in listed]
    retired = last.items.retired().values_list("problem", flat=True)
    problems = Problem.objects.with_panels()
    return _Difference(
        last=last,
        retired=list(problems.in_bulk(list(retired[:_MOST_NAMED])).values()),
        retired_count=retired.count(),
        left_out=list(problems.in_bulk(left_out[:_MOST_NAMED]).values()),
        left_out_count=len(left_out),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A problem that may be released, and what the address says after the other choice."""

    problem: Problem
    is_left_out: bool
    without: Sequence[str]


@require_safe
@allowed_to(can_edit_collection)
def release_choose(request: AuthenticatedRequest) -> HttpResponseBase:
    """Leaving out single problems: every press is an address of its own, so it needs no script."""
    chosen = _chosen(request.GET)
    text = request.GET.get("text", "").strip()
    problems = Problem.objects.releasable().saying(text).with_panels()
    specialties = _choice(chosen.form).specialties
    if specialties is not None:
        problems = problems.of_specialty(*specialties)
    page = page_of(request, problems)
    context = {
        "chosen": chosen,
        "page": page,
        "rows": [_row(problem, chosen.left_out) for problem in page],
        "text": text,
        "create_url": f"{reverse('curation:release_create')}?{chosen.query}",
    }
    status = 200 if chosen.form.is_valid() else 422
    return render(request, "curation/release_choose.html", context, status=status)


def _choice(form: ChoiceForm) -> Choice:
    return form.choice() if form.is_valid() else EVERYTHING


def _row(problem: Problem, left_out: Sequence[UUID]) -> _Row:
    is_left_out = problem.pk in left_out
    others = [str(one) for one in left_out if one != problem.pk]
    return _Row(problem, is_left_out, others if is_left_out else [*others, str(problem.pk)])
