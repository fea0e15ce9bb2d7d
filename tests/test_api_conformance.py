"""Everything that the API's description allows, and more, asked as every role.

A few examples of each operation here; API_EXAMPLES=200 asks for longer.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode, checks
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks as openapi_checks

from config.wsgi import application
from curation.models import User
from tests.curation.programs import Program
from tests.curation.statuses import current
from tests.permissions import Troupe

_EXAMPLES = int(os.environ.get("API_EXAMPLES", "2"))
_CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
_ROLES: dict[str, Callable[[Troupe], User | None]] = {
    "anonymous": lambda _: None,
    "author": lambda troupe: troupe.cast.author,
    "reviewer": lambda troupe: troupe.cast.reviewer,
    "editor": lambda troupe: troupe.cast.editor,
}

schema = schemathesis.openapi.from_wsgi("/api/v1/schema", application)
# Every boundary of every field is asked only where there is time.
schema.config.phases.coverage.enabled = "API_EXAMPLES" in os.environ


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What there is to ask about, and the headers of each role."""

    there: Mapping[str, Any]
    submitted: str
    headers: Mapping[str, dict[str, str]]

    def ids(self, case: schemathesis.Case[Any]) -> Iterator[dict[str, Any]]:
        """What was made up, which is nowhere; then what there is, a draft and what is reviewed."""
        names = dict(case.path_parameters or {})
        yield names
        if names:
            yield {name: self.there[name] for name in names}
        if "problem_id" in names:
            yield {name: self.there[name] for name in names} | {"problem_id": self.submitted}


@pytest.fixture
def asked(db: None) -> Iterator[Asked]:
    """People and what they made, once for all examples; each asking is taken back."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # of which one is in a transaction
    yield _asked(Troupe())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _asked(troupe: Troupe) -> Asked:
    cast = troupe.cast
    tokens = {role: Program(person(troupe)).token for role, person in _ROLES.items()}
    return Asked(
        there={
            "version": cast.release.version,
            "push_id": cast.push("queued").pk,
            "problem_id": str(cast.draft.pk),
            "panel_id": cast.panel.pk,
            "revision_id": current(cast.submitted).pk,
            "image_id": str(cast.image.pk),
            "run_id": troupe.run.pk,
        },
        submitted=str(cast.submitted.pk),
        headers={
            role: {"Authorization": f"Bearer {token}"} if token else {}
            for role, token in tokens.items()
        },
    )


def _is_amiss(case: schemathesis.Case[Any]) -> bool:
    """Whether the query or the body is made wrong; paths and headers are replaced by right ones."""
    parts = case.meta.components if case.meta else {}
    ours = (ParameterLocation.QUERY, ParameterLocation.BODY)
    return any(parts[part].mode is GenerationMode.NEGATIVE for part in ours if part in parts)


@schema.parametrize()
@settings(
    max_examples=_EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)
def test_an_operation_answers_as_it_is_described(
    case: schemathesis.Case[Any], asked: Asked
) -> None:
    cache.clear()
    checked = [*_CHECKS, openapi_checks.negative_data_rejection] if _is_amiss(case) else _CHECKS
    for names in asked.ids(case):
        case.path_parameters = names
        for headers in asked.headers.values():
            with transaction.atomic():
                answer = case.call(headers=headers)
                case.validate_response(answer, checks=checked)
                transaction.set_rollback(True)
