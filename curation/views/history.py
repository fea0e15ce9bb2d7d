"""What was done by whom: the editors' page of the whole history."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from itertools import chain
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from curation.auditing import record_history_export
from curation.domain.bundle.licenses import safe_cell
from curation.forms.history import HistoryForm
from curation.http import PAGE_SIZE, AuthenticatedRequest, allowed_to
from curation.models import ChainEnd, HistoryEntry, HistoryKind, Problem, User, What
from curation.models.history_entry import HistoryEntryQuerySet
from curation.permissions import can_edit_collection

_HEADER = (
    "number",
    "at",
    "person",
    "what",
    "subject_type",
    "subject_id",
    "problem",
    "details",
    "previous_sha256",
    "sha256",
)
_AT_ONCE = 2000
# What a reader calls the tables of which an entry keeps a row's id.
_SUBJECTS = {
    "modelendpoint": "Endpoint",
    "user": "Account",
    "import": "Import",
    "judgesample": "Sample",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """An entry with what a reader looks for in it."""

    entry: HistoryEntry
    who: User | None
    whom: User | None  # the person it was done to
    problem: Problem | None
    subject: str
    facts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Some entries, and where the neighboring pages begin; none where there is none."""

    entries: list[HistoryEntry]
    newer_after: int | None
    older_before: int | None


@require_safe
@allowed_to(can_edit_collection)
def history_list(request: AuthenticatedRequest) -> HttpResponseBase:
    """Entries, the newest first; numbers rather than pages, for the millionth costs no more."""
    form = HistoryForm(request.GET)
    if not form.is_valid():
        return _refused(request, form)
    page = _page(form)
    context = {
        "form": form,
        "rows": _rows(page.entries),
        "page": page,
        "kinds": HistoryKind.choices,
        "kind": form.cleaned_data["kind"],
        "is_filtered": bool(form.cleaned_data["person"] or form.cleaned_data["problem"]),
        "end": ChainEnd.objects.get(),
    }
    return render(request, "curation/history_list.html", context)


def _refused(request: AuthenticatedRequest, form: HistoryForm) -> HttpResponse:
    context = {"form": form, "kinds": HistoryKind.choices, "end": ChainEnd.objects.get()}
    return render(request, "curation/history_list.html", context, status=422)


def _page(form: HistoryForm) -> _Page:
    """One entry more than shown is asked for, to know whether there is a next page."""
    entries, after, before = form.entries(), *(form.cleaned_data[n] for n in ("after", "before"))
    if after is not None:
        found = list(entries.newer_than(after).in_order()[: PAGE_SIZE + 1])
        shown = found[:PAGE_SIZE][::-1]
        is_more_newer, is_more_older = len(found) > PAGE_SIZE, bool(after)
    else:
        older = entries.older_than(before) if before else entries
        found = list(older.newest_first()[: PAGE_SIZE + 1])
        shown = found[:PAGE_SIZE]
        is_more_newer, is_more_older = before is not None, len(found) > PAGE_SIZE
    return _Page(
        entries=shown,
        newer_after=shown[0].number if shown and is_more_newer else None,
        older_before=shown[-1].number if shown and is_more_older else None,
    )


def _rows(entries: list[HistoryEntry]) -> list[_Row]:
    """With the people and problems they are about, in as many queries as for one."""
    subjects = {int(each.subject_id) for each in entries if each.subject_type == "user"}
    people = User.objects.in_bulk(subjects | {e.person_id for e in entries if e.person_id})
    named = {entry.problem_id for entry in entries if entry.problem_id}
    problems = Problem.objects.with_panels().in_bulk(named)
    return [
        _Row(
            entry=entry,
            who=people.get(entry.person_id or 0) if _is_done_by(entry) else None,
            whom=people.get(int(entry.subject_id)) if entry.subject_type == "user" else None,
            problem=problems.get(entry.problem_id) if entry.problem_id else None,
            subject=_subject(entry),
            facts=_facts(entry),
        )
        for entry in entries
    ]


def _is_done_by(entry: HistoryEntry) -> bool:
    """Whether the person did it: who fails to sign in is nobody yet."""
    return entry.what != What.SIGN_IN_FAILED


def _subject(entry: HistoryEntry) -> str:
    name = _SUBJECTS.get(entry.subject_type, entry.subject_type.capitalize())
    return f"{name} {entry.details.get('version') or entry.subject_id}"


def _facts(entry: HistoryEntry) -> list[tuple[str, str]]:
    """The details without the digests, which are for the command, and what the subject says.

    By name: PostgreSQL keeps no order of an object's keys.
    """
    return [
        (name.removeprefix("is_").replace("_", " "), _in_words(value))
        for name, value in sorted(entry.details.items())
        if not name.endswith("sha256") and name != "version"
    ]


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "none"


@require_safe
@allowed_to(can_edit_collection)
def history_export(request: AuthenticatedRequest) -> HttpResponseBase:
    """What the filters leave, oldest first, as CSV."""
    form = HistoryForm(request.GET)
    if not form.is_valid():
        return _refused(request, form)
    if request.method == "GET":  # to ask what there is takes nothing away
        record_history_export(request.user)
    answer = StreamingHttpResponse(_csv(form.entries()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="history.csv"'
    return answer


class _Echo:
    """What the csv module takes for a file: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def _csv(entries: HistoryEntryQuerySet) -> Iterator[str]:
    writer = csv.writer(_Echo())
    rows = entries.in_order().select_related("person").iterator(_AT_ONCE)
    for cells in chain([_HEADER], map(_cells, rows)):
        yield writer.writerow([safe_cell(cell) for cell in cells])


def _cells(entry: HistoryEntry) -> tuple[str, ...]:
    return (
        str(entry.number),
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.person.email if entry.person else "",
        entry.what,
        entry.subject_type,
        entry.subject_id,
        str(entry.problem_id or ""),
        json.dumps(entry.details, ensure_ascii=False, sort_keys=True),
        entry.previous_sha256,
        entry.sha256,
    )
