"""Checking endpoints: what they can do, kept as a dated record and told in words."""

import base64
import uuid
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any, cast

import pytest
from aiohttp import web
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Pillow
from pytest_django import Settings

from curation.errors import InvalidContentError, WrongMomentError
from evaluation.checking import MAX_ATTEMPTS, ask_check, resumable_check_ids, work_check
from evaluation.domain.conformance import COLORS
from evaluation.endpoints import update_endpoint
from evaluation.models import CheckStatus, EndpointCheck, EndpointKind, ModelEndpoint
from evaluation.tasks import resume_checks
from tests.evaluation.cast import facts_of, make_endpoint
from tests.evaluation.clients.answering import Handle, answering
from tests.evaluation.serving import MostAlike

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(hours=1)
_NAMES = {rgb: name for name, rgb in COLORS.items()}


def checked(endpoint: ModelEndpoint) -> EndpointCheck:
    """A check at its end."""
    check = ask_check(endpoint, by=endpoint.created_by)
    work_check(check.pk)
    check.refresh_from_db()
    return check


def found(check: EndpointCheck) -> dict[str, str]:
    return {each["name"]: each["shown"] for each in check.capabilities}


def found_of(handle: Handle) -> EndpointCheck:
    with answering(handle) as base_url:
        return checked(make_endpoint(base_url, model="m"))


def _colors_in(document: Any) -> list[str]:
    parts = [part for message in document["messages"][::2] for part in message["content"]]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    pictures = [Pillow.open(BytesIO(base64.b64decode(url.partition(",")[2]))) for url in urls]
    return [_NAMES[cast("tuple[int, int, int]", picture.getpixel((0, 0)))] for picture in pictures]


def seeing(*, sees: slice = slice(None), **facts: Any) -> Handle:
    """A chat server whose model names the colors of those images that reach it."""

    async def handle(request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.json_response({"data": [{"id": "m", "max_model_len": 4096}]})
        document = await request.json()
        if "logprobs" in document and "logprobs" not in facts:
            error = {"error": {"message": "logprobs are not supported"}}
            return web.json_response(error, status=400)
        colors = _colors_in(document) if "logprobs" not in document else []
        choice = {
            "message": {"content": ", ".join(colors[sees]) or "Nothing."},
            "logprobs": facts.get("logprobs"),
        }
        usage = {"prompt_tokens": 50 + 100 * len(colors[sees])}
        return web.json_response({"model": "m-7", "choices": [choice], "usage": usage})

    return handle


def test_a_model_that_sees_every_image_is_told_from_one_that_sees_the_last() -> None:
    every = found_of(seeing(logprobs={"content": [{"top_logprobs": [{"token": "A"}]}]}))
    assert every.status == CheckStatus.FINISHED
    assert found(every) == dict.fromkeys(found(every), "yes")
    assert every.summary == "sees images"
    assert "4,096 tokens" in str(every.capabilities)
    assert "calls itself m-7" in str(every.capabilities)
    EndpointCheck.objects.all().delete()
    ModelEndpoint.objects.all().delete()
    last = found_of(seeing(sees=slice(-1, None)))
    assert (found(last)["images"], found(last)["logprobs"]) == ("unknown", "no")
    assert "logprobs are not supported" in str(last.capabilities)
    EndpointCheck.objects.all().delete()
    ModelEndpoint.objects.all().delete()
    blind = found_of(seeing(sees=slice(0)))
    assert (found(blind)["images"], blind.summary) == ("no", "sees no images")


def test_a_server_that_names_what_arrived_is_believed(most_alike: MostAlike) -> None:
    check = checked(make_endpoint(most_alike.base_url))
    assert found(check)["images"] == "yes"
    assert "byte for byte" in str(check.capabilities)
    assert len(most_alike.received[1]) == 3


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "connection failed"),
        ({"key_variable": "MODEL_KEY_NOT_SET"}, "MODEL_KEY_NOT_SET"),
    ],
)
def test_what_cannot_be_reached_says_why(facts: dict[str, str], words: str) -> None:
    check = checked(make_endpoint(**facts))
    assert check.summary == "not reached"
    assert words in check.capabilities[0]["evidence"]


def test_a_host_that_is_no_longer_allowed_is_not_called(
    most_alike: MostAlike, settings: Settings
) -> None:
    endpoint = make_endpoint(most_alike.base_url)
    settings.MODEL_HOSTS = ("models.example.org",)
    assert "MODEL_HOSTS" in checked(endpoint).capabilities[0]["evidence"]
    assert most_alike.asked == 0


@pytest.mark.parametrize(
    ("status", "name", "shown"),
    [(401, "reachable", "no"), (404, "model", "unknown"), (503, "answers", "unknown")],
)
def test_a_server_that_refuses_is_told_by_what_it_refuses(
    status: int, name: str, shown: str
) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=status)

    assert found(found_of(handle))[name] == shown


def test_an_endpoint_is_checked_once_at_a_time_and_a_baseline_never() -> None:
    endpoint = make_endpoint()
    ask_check(endpoint, by=endpoint.created_by)
    with pytest.raises(WrongMomentError, match="being checked already"):
        ask_check(endpoint, by=endpoint.created_by)
    baseline = make_endpoint(name="B", kind=EndpointKind.MAJORITY_EXAMPLE)
    with pytest.raises(InvalidContentError, match="nothing to check"):
        ask_check(baseline, by=endpoint.created_by)


def test_a_check_of_a_dead_worker_is_taken_up_and_given_up_in_the_end() -> None:
    endpoint = make_endpoint()
    check = ask_check(endpoint, by=endpoint.created_by)
    rows = EndpointCheck.objects.filter(pk=check.pk)
    held = {"status": CheckStatus.RUNNING, "lease_token": uuid.uuid4(), "attempts": 1}
    rows.update(leased_until=timezone.now() + LONG_AGO, **held)
    work_check(check.pk)
    assert rows.get().status == CheckStatus.RUNNING
    assert resumable_check_ids() == []
    rows.update(leased_until=timezone.now() - LONG_AGO)
    assert resumable_check_ids() == [check.pk]
    resume_checks.apply()
    rows.update(attempts=MAX_ATTEMPTS)
    work_check(check.pk)
    assert "died" in rows.get().capabilities[0]["evidence"]


def test_the_pages_tell_what_was_shown_and_when(most_alike: MostAlike, client: Client) -> None:
    endpoint = make_endpoint(most_alike.base_url, weights="open", is_medical=True)
    client.force_login(endpoint.created_by)
    address = reverse("evaluation:endpoint_check", args=[endpoint.pk])
    assert "never checked" in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    assert client.post(address).status_code == 409
    assert "No worker is running" in client.get(address).content.decode()
    work_check(EndpointCheck.objects.get().pk)
    assert "byte for byte" in client.get(address).content.decode()
    listed = client.get(reverse("evaluation:endpoint_list")).content.decode()
    for words in ("sees images", "open weights", "medical"):
        assert words in listed
    facts = facts_of(endpoint, base_url="http://127.0.0.1:9/v1")
    update_endpoint(endpoint, facts, by=endpoint.created_by)
    assert "another address or model" in client.get(address).content.decode()
    assert "sees images" not in client.get(reverse("evaluation:endpoint_list")).content.decode()


def test_a_key_that_a_server_repeats_is_in_no_record(settings: Settings, client: Client) -> None:
    key = "sk-very-secret-0123456789"
    settings.FIND_MODEL_KEY = lambda _: key

    async def handle(request: web.Request) -> web.Response:
        said = request.headers["Authorization"]
        content = {"choices": [{"message": {"content": said}}], "data": [{"id": said}]}
        return web.json_response({"model": said, **content})

    with answering(handle) as base_url:
        endpoint = make_endpoint(base_url, model="m", key_variable="MODEL_KEY_A")
        check = checked(endpoint)
    assert found(check)["reachable"] == "yes"
    assert key not in str(check.capabilities)
    client.force_login(endpoint.created_by)
    address = reverse("evaluation:endpoint_check", args=[endpoint.pk])
    assert key not in client.get(address).content.decode()


def test_the_command_tells_and_its_exit_status_too(most_alike: MostAlike) -> None:
    endpoint = make_endpoint(most_alike.base_url)
    said = StringIO()
    call_command("check_endpoint", endpoint.name, by=endpoint.created_by.email, stdout=said)
    assert "Each image arrives: yes." in said.getvalue()
    away = make_endpoint(name="Away")
    with pytest.raises(CommandError, match="not reached") as ending:
        call_command("check_endpoint", "Away", by=away.created_by.email, stdout=StringIO())
    assert ending.value.returncode == 3
    make_endpoint(name="B", kind=EndpointKind.MAJORITY_EXAMPLE)
    with pytest.raises(CommandError, match="nothing to check"):
        call_command("check_endpoint", "B", by=away.created_by.email)
