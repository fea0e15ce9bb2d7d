"""Endpoints and runs for tests, made by the verbs."""

from typing import Any

import redis
from django.conf import settings
from django.utils import timezone

from curation.models import Release
from evaluation.domain.outcomes import Outcome
from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.endpoints import EndpointFacts, create_endpoint
from evaluation.models import (
    EndpointAllowance,
    EndpointKind,
    ModelEndpoint,
    PredictionStatus,
    Run,
    RunStatus,
    Score,
)
from evaluation.most_alike_server import MODEL
from evaluation.planning import plan_run
from evaluation.progress import progress
from evaluation.runs import work_run
from tests.factories import make_editor


def make_endpoint(base_url: str = "http://127.0.0.1:9/v1", **facts: Any) -> ModelEndpoint:
    """A model at an address, or a baseline by `kind`."""
    kind = facts.pop("kind", EndpointKind.OPENAI_COMPATIBLE)
    if kind is EndpointKind.OPENAI_COMPATIBLE:
        facts = {"base_url": base_url, "model": MODEL, **facts}
    return create_endpoint(
        EndpointFacts(**{"name": "A model", "kind": kind, **facts}), by=make_editor()
    )


def facts_of(endpoint: ModelEndpoint, **changes: Any) -> EndpointFacts:
    """What an editor would say of the endpoint as it is, but for the changes."""
    names = EndpointFacts.__dataclass_fields__
    facts = {name: getattr(endpoint, name) for name in names} | changes
    return EndpointFacts(**facts | {"kind": EndpointKind(facts["kind"])})


def make_open_endpoint(base_url: str = "http://127.0.0.1:9/v1", **facts: Any) -> ModelEndpoint:
    """One on which authors may try their drafts."""
    return make_endpoint(base_url, is_open_to_authors=True, **facts)


def make_run(release: Release, endpoint: ModelEndpoint, preset: str = "in_context_open") -> Run:
    """A queued run."""
    return plan_run(release, endpoint, PRESETS[preset], by=make_editor())


def measured(
    release: Release,
    *outcomes: str,
    name: str = "A model",
    protocol: Protocol = PRESETS["in_context_open"],
) -> Run:
    """A finished run whose rows ended so: "right" and "wrong" are ok and scored."""
    endpoint = ModelEndpoint.objects.filter(name=name).first() or make_endpoint(name=name)
    run = plan_run(release, endpoint, protocol, by=make_editor())
    now = timezone.now()
    for row, said in zip(run.predictions.all(), outcomes, strict=True):
        if said == "pending":
            continue
        row.status, row.finished_at = PredictionStatus.DONE, now
        row.outcome = "ok" if said in {"right", "wrong"} else said
        row.save()
        if said in {"right", "wrong", "unparsable"}:
            Score.objects.create(prediction=row, scorer="exact_match", value=said == "right")
    Run.objects.filter(pk=run.pk).update(status=RunStatus.FINISHED, finished_at=now)
    run.refresh_from_db()
    return run


def work_off(run: Run) -> Run:
    """Work until nothing is to be taken up at once."""
    while work_run(run.pk):
        pass
    run.refresh_from_db()
    return run


def forget_allowances() -> None:
    """As if the leases of slots had run out, which killed workers leave behind."""
    EndpointAllowance.objects.all().delete()
    if settings.REDIS_URL:
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            for key in client.scan_iter("icl-bench:allowance:*"):
                client.delete(key)


def outcomes_of(run: Run) -> dict[Outcome, int]:
    """How many predictions ended each way."""
    return {outcome: n for outcome, n in progress(run).outcomes.items() if n}
