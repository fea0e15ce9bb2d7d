"""Reports of runs: computing them, telling whether one is of today, who may read what of it.

A report is computed from rows, kept as one row, and computed anew once what it stands on changed.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone

from curation.errors import WrongMomentError
from curation.models import User
from curation.permissions import can_edit_collection
from evaluation.domain.protocol import Protocol
from evaluation.domain.reporting import VERSION, About, RunReport
from evaluation.domain.reporting.composing import Known, run_report
from evaluation.domain.reporting.withholding import without_telling
from evaluation.domain.scoring import scorer_label, scorers_of
from evaluation.domain.twins import Twin, twins_of
from evaluation.models import Judging, Run, StoredReport
from evaluation.report_rows import failures_of, release_contents, run_rows, twin_rows
from evaluation.spending import price_of


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReport:
    """What pages show of a run: the last report, and whether it is of what there is now."""

    report: RunReport | None = None
    computed_at: datetime | None = None
    fingerprint: str = ""
    is_current: bool = False


def compute_report(run: Run) -> RunReport:
    """Compute the report of a run that has ended, and keep it; WrongMomentError before that."""
    if not run.is_settled:
        raise WrongMomentError(f"Run {run.pk} is still at work. Its report is made when it ended.")
    # Before anything is read: what changes meanwhile makes the report stale, and not wrong.
    states = _States([run])
    report = _composed(run, states.twins_of(run))
    StoredReport.objects.update_or_create(
        pk=run.pk,
        defaults={
            "computed_at": timezone.now(),
            "version": VERSION,
            "fingerprint": states.fingerprint(run),
            "report_json": report.to_json(),
        },
    )
    return report


def current_report(run: Run) -> RunReport:
    """The report of a run, computed where what is kept is stale."""
    kept = kept_report(run)
    if kept.report is not None and kept.is_current:
        return kept.report
    return compute_report(run)


def refresh_report(run_id: int) -> None:
    """Bring a run's report up to date; nothing where it is, or where the run is at work."""
    run = Run.objects.settled().with_parts().filter(pk=run_id).first()
    if run is not None:
        current_report(run)


def kept_report(run: Run) -> KeptReport:
    """What is kept of a run's report; three queries at any size."""
    stored = StoredReport.objects.of_run(run.pk).first()
    if stored is None or stored.version != VERSION:
        return KeptReport()
    is_current = run.is_settled and stored.fingerprint == _States([run]).fingerprint(run)
    return KeptReport(
        report=stored.report(),
        computed_at=stored.computed_at,
        fingerprint=stored.fingerprint,
        is_current=is_current,
    )


def shown_to(person: User, run: Run, report: RunReport) -> RunReport:
    """The report as this person may read it; see `without_telling`."""
    if can_edit_collection(person) or not run.release.items.held_out().exists():
        return report
    return without_telling(report)


def stale_run_ids() -> list[int]:
    """The runs that ended and whose report is not of what there is now; four queries."""
    runs = list(Run.objects.settled().order_by("pk"))
    kept = StoredReport.objects.filter(version=VERSION).values_list("run_id", "fingerprint")
    fingerprints = dict(kept)
    states = _States(runs)
    return [run.pk for run in runs if states.fingerprint(run) != fingerprints.get(run.pk)]


class _States:
    """How runs stand, and the finished ones beside which they can be set."""

    def __init__(self, runs: Iterable[Run]) -> None:
        releases = {run.release_id for run in runs}
        endpoints = {run.endpoint_id for run in runs}
        self._beside: dict[tuple[int, int, str], Run] = {}
        finished = Run.objects.finished().defer("manifest")
        for run in finished.filter(release__in=releases, endpoint__in=endpoints):
            place = (run.release_id, run.endpoint_id, run.protocol_sha256)
            self._beside.setdefault(place, run)
        self._judgings: dict[int, list[Any]] = defaultdict(list)
        judgings = Judging.objects.filter(
            run__release__in=releases, run__endpoint__in=endpoints
        ).order_by("pk")
        for run_id, *state in judgings.values_list("run_id", "pk", "status", "finished_at"):
            self._judgings[run_id].append([str(each) for each in state])

    def twins_of(self, run: Run) -> list[tuple[Twin, Run]]:
        """The newest finished run of each twin of its protocol, of the same endpoint."""
        found = []
        for twin in twins_of(run.protocol):
            place = (run.release_id, run.endpoint_id, twin.protocol.sha256())
            if place in self._beside:
                found.append((twin, self._beside[place]))
        return found

    def fingerprint(self, run: Run) -> str:
        """SHA-256 over everything that may change what its report says."""
        beside = [[twin.name, *self._state(other)] for twin, other in self.twins_of(run)]
        text = json.dumps([VERSION, self._state(run), beside])
        return hashlib.sha256(text.encode()).hexdigest()

    def _state(self, run: Run) -> list[Any]:
        return [run.pk, run.status, str(run.finished_at), self._judgings.get(run.pk, [])]


def _composed(run: Run, beside: list[tuple[Twin, Run]]) -> RunReport:
    release = release_contents(run)
    rows = run_rows(run, release)
    twins = [
        twin_rows(
            twin,
            other,
            release,
            is_same_variants=other.protocol.order is run.protocol.order,
        )
        for twin, other in beside
    ]
    known = Known(
        about=_about(run),
        failures=failures_of(run),
        price_of=partial(price_of, run.endpoint),
        scorer_labels=_scorer_labels(run.protocol, rows.scored.scores),
    )
    return run_report(rows, release.problems, twins, known)


def _scorer_labels(protocol: Protocol, scored: Iterable[str]) -> dict[str, str]:
    """Those that apply to the protocol, then the judges and what else scored it."""
    names = dict.fromkeys([*scorers_of(protocol.answer_form), *sorted(scored)])
    return {name: scorer_label(name) for name in names}


def _about(run: Run) -> About:
    return About(
        run_id=run.pk,
        release=run.release.version,
        revisions_sha256=run.manifest.get("release", {}).get("revisions_sha256", ""),
        endpoint=run.endpoint.name,
        model=run.endpoint.model,
        protocol_label=run.protocol.label,
        protocol_sha256=run.protocol_sha256,
        protocol=run.protocol_json,
        is_imported=run.is_imported,
        is_baseline=run.endpoint.is_baseline,
        finished_at=run.finished_at.isoformat() if run.finished_at else "",
    )
