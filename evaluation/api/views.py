"""Runs, predictions, endpoints and leaderboards."""

from dataclasses import asdict
from typing import Any

from django.db import transaction

from curation.api.fields import Nothing
from curation.api.operations import ApiView, operation
from curation.api.paging import Paging, page_of
from curation.errors import InvalidContentError
from curation.http import fetch_visible
from curation.models import Release, Scope
from curation.permissions import answers_hidden_from, can_edit_collection, is_member
from evaluation.api.serializers import (
    BudgetBody,
    EndpointSerializer,
    LeaderboardSerializer,
    PredictionSerializer,
    RunBody,
    RunSerializer,
)
from evaluation.domain.protocol import DEFAULT_SEED, PRESETS, Protocol
from evaluation.domain.statistics import Estimate
from evaluation.leaderboard import LeaderboardRow, leaderboard_rows
from evaluation.models import ModelEndpoint, Prediction, Run
from evaluation.planning import plan_run
from evaluation.progress import Tally, progress, tallies
from evaluation.runs import cancel_run, pause_run, resume_run, retry_failed, set_budget
from evaluation.tasks import work_run

_READ, _WRITE = Scope.READ_RUNS, Scope.WRITE_RUNS


def _fetch(run_id: int) -> Run:
    return fetch_visible(Run.objects.with_parts(), pk=run_id)


def _whole(run_id: int) -> dict[str, Any]:
    run = _fetch(run_id)
    return _run(run, progress(run))


def _wake(run: Run) -> None:
    transaction.on_commit(lambda: work_run.delay(run.pk))


class EndpointList(ApiView):
    """Endpoints."""

    @operation(
        "list_endpoints",
        may=can_edit_collection,
        scope=_READ,
        query=Paging,
        gives=EndpointSerializer,
    )
    def get(self, request: Any) -> Any:
        """What can be measured."""
        return page_of(ModelEndpoint.objects.all(), self.asked)


class RunList(ApiView):
    """Runs."""

    @operation("list_runs", may=is_member, scope=_READ, query=Paging, gives=RunSerializer)
    def get(self, request: Any) -> Any:
        """Every run, the newest first."""
        page = page_of(Run.objects.with_parts(), self.asked, newest_first=True)
        tally_of = tallies(page.rows)
        return page.showing(lambda run: _run(run, tally_of[run.pk]))

    @operation(
        "start_run",
        may=can_edit_collection,
        scope=_WRITE,
        body=RunBody,
        example={"release": "1.0.0", "endpoint": "A model", "preset": "in_context_open"},
        gives=RunSerializer,
        status=201,
    )
    def post(self, request: Any) -> Any:
        """Plan a run of a published release, and wake a worker for it."""
        release = Release.objects.published().filter(version=self.sent["release"]).first()
        endpoint = ModelEndpoint.objects.active().filter(name=self.sent["endpoint"]).first()
        if release is None or endpoint is None:
            what = "release of this version is published" if endpoint else "active endpoint has it"
            raise InvalidContentError(f"No {what}.")
        run = plan_run(release, endpoint, _protocol(self.sent), by=request.user)
        _wake(run)
        return _whole(run.pk)


def _protocol(sent: dict[str, Any]) -> Protocol:
    """The preset, but for what is stated beside it."""
    stated = sent.get("protocol", {})
    if not stated and "preset" not in sent:
        raise InvalidContentError("Say what is asked: name a preset, or state a protocol.")
    if "seed" in stated and "seed" in sent:
        raise InvalidContentError("State the seed in the protocol or beside it, not in both.")
    preset = PRESETS[sent["preset"]].to_json() if "preset" in sent else {}
    seed = {"seed": sent.get("seed", preset.get("seed", DEFAULT_SEED))}
    try:
        return Protocol.from_json(preset | seed | stated)
    except ValueError as error:
        raise InvalidContentError(str(error)) from None


class RunDetail(ApiView):
    """One run."""

    @operation("read_run", may=is_member, scope=_READ, gives=RunSerializer)
    def get(self, request: Any, run_id: int) -> Any:
        """How far it is and what it measured so far."""
        return _whole(run_id)


class RunCancel(ApiView):
    """Stopping."""

    @operation(
        "cancel_run", may=can_edit_collection, scope=_WRITE, body=Nothing, gives=RunSerializer
    )
    def post(self, request: Any, run_id: int) -> Any:
        """Stop a run; what was answered stays."""
        cancel_run(_fetch(run_id))
        return _whole(run_id)


class RunRetry(ApiView):
    """Asking again."""

    @operation(
        "retry_run", may=can_edit_collection, scope=_WRITE, body=Nothing, gives=RunSerializer
    )
    def post(self, request: Any, run_id: int) -> Any:
        """Ask again what failed or was never asked."""
        run = _fetch(run_id)
        retry_failed(run)
        _wake(run)
        return _whole(run_id)


class RunPause(ApiView):
    """Resting."""

    @operation(
        "pause_run", may=can_edit_collection, scope=_WRITE, body=Nothing, gives=RunSerializer
    )
    def post(self, request: Any, run_id: int) -> Any:
        """Let a run rest until it is resumed; what is under way is still recorded."""
        pause_run(_fetch(run_id))
        return _whole(run_id)


class RunResume(ApiView):
    """Going on."""

    @operation(
        "resume_run", may=can_edit_collection, scope=_WRITE, body=Nothing, gives=RunSerializer
    )
    def post(self, request: Any, run_id: int) -> Any:
        """Let a paused run go on."""
        run = _fetch(run_id)
        resume_run(run)
        _wake(run)
        return _whole(run_id)


class RunBudget(ApiView):
    """Spending."""

    @operation(
        "set_run_budget",
        may=can_edit_collection,
        scope=_WRITE,
        body=BudgetBody,
        example={"budget": None},
        gives=RunSerializer,
    )
    def post(self, request: Any, run_id: int) -> Any:
        """Change what a run may cost; one that rests because it was spent goes on."""
        run = _fetch(run_id)
        set_budget(run, self.sent["budget"], by=request.user)
        _wake(run)
        return _whole(run_id)


class PredictionList(ApiView):
    """What a run asked."""

    @operation(
        "list_predictions",
        may=is_member,
        scope=_READ,
        query=Paging,
        gives=PredictionSerializer,
    )
    def get(self, request: Any, run_id: int) -> Any:
        """The predictions of a run, in the order of the release."""
        _fetch(run_id)
        page = page_of(Prediction.objects.of_run(run_id).with_parts(), self.asked)
        hidden = answers_hidden_from(request.user, [row.revision.problem for row in page.rows])
        return page.showing(lambda row: _prediction(row, row.revision.problem_id in hidden))


class Leaderboard(ApiView):
    """What was measured on a release."""

    @operation("read_leaderboard", may=is_member, scope=_READ, gives=LeaderboardSerializer)
    def get(self, request: Any, version: str) -> Any:
        """Endpoints and protocols, the highest value of each first."""
        releases = Release.objects.visible_to(request.user).published()
        release = fetch_visible(releases, version=version)
        return {"release": version, "rows": [_row(row) for row in leaderboard_rows(release)]}


def _run(run: Run, tally: Tally) -> dict[str, Any]:
    names = ("id", "protocol_sha256", "status", "failure", "resume_at", "budget", "is_imported")
    times = ("created_at", "started_at", "finished_at")
    return {
        **{name: getattr(run, name) for name in (*names, *times)},
        "release": run.release.version,
        "endpoint": run.endpoint.name,
        "protocol": run.protocol_json,
        "excluded": run.excluded_count,
        "total": tally.total,
        "done": tally.done,
        "outcomes": {outcome.value: count for outcome, count in tally.outcomes.items()},
        "estimates": [_estimate(name, each) for name, each in tally.estimates.items()],
        "started_by": str(run.started_by),
    }


def _estimate(scorer: str, estimate: Estimate) -> dict[str, Any]:
    return {"scorer": scorer, **asdict(estimate)}


def _prediction(row: Prediction, is_withheld: bool) -> dict[str, Any]:  # noqa: FBT001 - of one row
    query = row.revision.content().query
    names = (
        "id",
        "run_id",
        "order",
        "repeat",
        "status",
        "image_count",
        "error",
        "http_status",
    )
    counts = ("latency_ms", "input_tokens", "output_tokens", "finish_reason", "served_model")
    told = {
        "answer": query.answer,
        "completion": row.completion,
        "parsed": row.parsed,
        "scores": list(row.scores.all()),
        "matching_position": row.matching_position,
        "likelihoods": row.likelihoods_json,
        # A prompt may hold the answer, as choices do: by its hash a guess could be tested.
        "prompt_sha256": row.prompt_sha256,
    }
    kept_back: dict[str, Any] = {**dict.fromkeys(told), "scores": []}
    return {
        **{name: getattr(row, name) for name in (*names, *counts)},
        "problem_id": row.revision.problem_id,
        "revision": row.revision.number,
        "is_withheld": is_withheld,
        "question": query.question,
        "outcome": row.outcome or None,
        **(kept_back if is_withheld else told),
    }


def _row(row: LeaderboardRow) -> dict[str, Any]:
    names = ("run_id", "is_baseline", "is_imported", "model", "protocol_sha256", "planned")
    return {
        **{name: getattr(row, name) for name in (*names, "failed", "coverage_percent")},
        "endpoint": row.endpoint_name,
        "protocol": row.protocol_label,
        "estimate": _estimate(row.scorer, row.estimate),
    }
