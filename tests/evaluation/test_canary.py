"""A key that would be noticed anywhere: no page, row, message, log or Redis value holds it."""

import io
from pathlib import Path

import pytest
import redis
from aiohttp import web
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from evaluation.domain.outcomes import Outcome
from evaluation.models import EndpointAllowance
from evaluation.tasks import work_run as ring
from tests.evaluation.cast import make_endpoint, make_run, outcomes_of, work_off
from tests.evaluation.serving import MostAlike
from tests.factories import make_editor, make_release_of

pytestmark = pytest.mark.usefixtures("committed_db")

CANARY = "sk-canary-7f3a91c2d4e85b60"


def in_redis() -> str:
    """Every key and value; empty without Redis."""
    if not settings.REDIS_URL:
        return ""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        return repr([(key, client.dump(key)) for key in client.scan_iter()])


def in_files(folder: Path) -> str:
    return repr([file.read_bytes() for file in folder.rglob("*") if file.is_file()])


def test_a_canary_key_is_found_nowhere(
    most_alike: MostAlike,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    client: Client,
) -> None:
    async def behave(request: web.Request) -> web.StreamResponse | None:
        said = {"X-Request-Id": CANARY, "Retry-After": CANARY}
        error = {"error": {"message": f"{CANARY} in {request.headers['Authorization']}"}}
        answer = {"choices": [{"message": {"content": CANARY}, "finish_reason": CANARY}]}
        match most_alike.asked:
            case 1:
                return web.json_response(error, status=400, headers=said)
            case 2:
                return web.json_response({**answer, "model": CANARY, "id": CANARY}, headers=said)
            case 3:
                return web.Response(body=CANARY.encode() * 200, headers=said)
            case 4:
                return web.json_response(error, status=500, headers=said)
        return None

    most_alike.behave = behave
    monkeypatch.setenv("MODEL_KEY_CANARY", CANARY)
    endpoint = make_endpoint(most_alike.base_url, key_variable="MODEL_KEY_CANARY")
    run = make_run(make_release_of(5), endpoint)
    ring.delay(run.pk)
    run = work_off(run)
    assert outcomes_of(run) == {Outcome.ERROR: 1, Outcome.OK: 4}
    client.force_login(make_editor())
    rows = run.predictions.values_list("pk", flat=True)
    pages = [
        reverse("evaluation:run_detail", args=[run.pk]),
        reverse("evaluation:endpoint_edit", args=[endpoint.pk]),
        *(reverse("evaluation:prediction_detail", args=[run.pk, pk]) for pk in rows),
        reverse("evaluation_api:prediction_list", args=[run.pk]),
        reverse("evaluation_api:run_detail", args=[run.pk]),
    ]
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)
    said = capfd.readouterr()
    places = {
        **{page: client.get(page).content.decode() for page in pages},
        "database": dump.getvalue(),
        "allowance": repr(EndpointAllowance.objects.values()),
        "messages": in_files(settings.QUEUE_DIR),
        "Redis": in_redis(),
        "logs": caplog.text + said.out + said.err,
    }
    assert "[key]" in places["database"]
    assert [place for place, text in places.items() if CANARY in text] == []
