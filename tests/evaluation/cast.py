"""Endpoints and runs for tests, made by the verbs."""

from typing import Any

from curation.models import Release
from evaluation.domain.protocol import PRESETS
from evaluation.endpoints import EndpointFacts, create_endpoint
from evaluation.models import EndpointKind, ModelEndpoint, Run
from evaluation.most_alike_server import MODEL
from evaluation.runs import plan_run
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


def make_run(release: Release, endpoint: ModelEndpoint, preset: str = "in_context_open") -> Run:
    """A queued run."""
    return plan_run(release, endpoint, PRESETS[preset], by=make_editor())
