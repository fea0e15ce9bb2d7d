"""Every refusal is a problem details document, whatever is sent and whoever refuses it."""

import json
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as configured
from django.test import Client
from pytest_django import Settings

from curation.models import Problem
from curation.tokens import authenticate_token
from tests.curation.cast import Cast
from tests.curation.programs import ROOT, Program

pytestmark = pytest.mark.django_db

_NEW = f"{ROOT}/problems"
_PANELS = [{"role": "example"}, {"role": "query"}]


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.fixture
def author(cast: Cast) -> Program:
    return Program(cast.author)


def _refusal(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    said: dict[str, Any] = json.loads(answer.content)
    assert (said["type"], said["status"], said["code"]) == ("about:blank", status, code)
    assert said["title"]
    assert said["detail"]
    return said


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"nonsense",
        b'{"panels": NaN}',
        b'{"panels": []',
        b'{"panels": [], "panels": []}',
        b'{"panels": "\\ud800"}',
        b'{"\\udfff": 1}',
        b"\xff\xfe",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"panels":' * 20_000 + b"1" + b"}" * 20_000,
        b"9" * 5_000,
    ],
    ids=range(13),
)
def test_what_is_no_json_is_refused_with_400_or_422(body: bytes, author: Program) -> None:
    answer = author.ask("post", "/problems", body)
    is_empty = not body
    _refusal(answer, *((422, "invalid_content") if is_empty else (400, "parse_error")))
    assert not Problem.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"text"', b"[[]]"])
def test_json_that_is_no_object_is_refused_with_422(body: bytes, author: Program) -> None:
    _refusal(author.ask("post", "/problems", body), 422, "invalid_content")


def test_unknown_fields_are_named(author: Program) -> None:
    said = _refusal(author.post("/problems", {"panels": _PANELS, "a/b": 1}), 422, "invalid_content")
    (error,) = said["errors"]
    assert error["pointer"] == "#/a~1b"
    assert "There are: annotations, panels" in error["detail"]


@pytest.mark.parametrize("charset", ["bz2_codec", "zlib_codec", "utf-7", "utf-16", "hex", "idna"])
def test_only_utf_8_is_read(charset: str, author: Program) -> None:
    kind = f"application/json; charset={charset}"
    _refusal(author.ask("post", "/problems", b"{}", content_type=kind), 400, "bad_request")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", "x"])
def test_other_media_are_refused(kind: str, author: Program) -> None:
    answer = author.ask("post", "/problems", b"{}", content_type=kind)
    _refusal(answer, 415, "unsupported_media_type")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(author: Program) -> None:
    body = b" " * (configured.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    for program in (author, Program()):
        answer = program.ask("post", "/problems", body)
        assert answer.status_code in {400, 413}
        assert answer["Content-Type"] == "application/problem+json"


def test_a_program_may_bring_a_large_picture(author: Program, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    said = author.post("/problems", {"panels": _PANELS}).json()
    at = f"/problems/{said['id']}/panels/{said['panels'][0]['id']}/image"
    _refusal(author.upload(at, b"x" * 5000), 422, "invalid_content")
    settings.UPLOAD_MAX_BYTES = 4000
    _refusal(author.upload(at, b"x" * 5000), 413, "too_large")


def test_only_json_is_given(author: Program) -> None:
    _refusal(author.get("/releases", Accept="text/html"), 406, "not_acceptable")
    assert author.get("/releases", Accept="*/*").status_code == 200


@pytest.mark.parametrize("method", ["put", "delete", "options", "patch"])
def test_other_methods_are_refused_with_what_there_is(method: str, author: Program) -> None:
    answer = author.ask(method, "/problems")
    _refusal(answer, 405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/releases/9.9.9",
        "/releases/%00",
        "/releases/%ED%A0%80",
        "/releases/9.9.9/nothing",
        "/problems/1",
        "/problems/00000000-0000-0000-0000-000000000000",
        "/runs/0",
        "/runs/99999999999999999999999999",
        "/revisions/0",
        "/images/00000000-0000-0000-0000-000000000000/file",
        "/releases/",
        "/../v2/",
    ],
)
def test_what_is_not_there_is_a_404_of_one_kind(path: str, cast: Cast) -> None:
    for person in (cast.editor, None):
        answer = Program(person).get(path)
        if person is None and answer.status_code == 401:
            continue
        is_nul = "%00" in path and answer.status_code == 400  # PostgreSQL cannot look for it
        if not is_nul:
            _refusal(answer, 404, "not_found")


@pytest.mark.parametrize(
    "query", ["limit=x", "limit=", "limit=1e3", "limit=-1", "cursor=%00", "cursor=W10", "cursor=é"]
)
def test_an_address_that_asks_amiss_is_refused_with_400(query: str, cast: Cast) -> None:
    _ = cast.release
    answer = Program().get(f"/releases?{query}")
    assert _refusal(answer, 400, answer.json()["code"])["code"] in {"bad_query", "bad_cursor"}


def test_without_a_token_that_works_nothing_but_public_releases_opens(cast: Cast) -> None:
    nobody = Program()
    answer = nobody.get("/problems")
    _refusal(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    for said in ("Bearer nonsense", "Bearer", "bearer icl_000000000000_x", "Bearer é"):
        _refusal(nobody.get("/releases", Authorization=said), 401, "authentication_failed")
    assert nobody.get("/releases", Authorization="Basic eDp5").status_code == 200


def test_a_token_opens_what_it_is_for(cast: Cast) -> None:
    program = Program(cast.editor, ["runs:read"])
    assert program.get("/runs").status_code == 200
    assert program.get("/vocabulary").status_code == 200
    for method, path, scope in (
        ("get", "/problems", "problems:read"),
        ("get", "/releases", "releases:read"),
        ("post", "/releases", "releases:write"),
        ("post", "/runs", "runs:write"),
        ("post", "/problems", "problems:write"),
    ):
        answer = program.ask(method, path)
        assert _refusal(answer, 403, "insufficient_scope")["scope"] == scope
        assert f'error="insufficient_scope", scope="{scope}"' in answer["WWW-Authenticate"]


def test_an_editor_without_the_second_factor_that_is_asked_for_gets_nowhere(
    cast: Cast, settings: Settings, client: Client
) -> None:
    program = Program(cast.editor)
    client.force_login(cast.editor)
    settings.REQUIRE_MFA_FOR_EDITORS = True
    _refusal(program.get("/problems"), 401, "authentication_failed")
    _refusal(client.get(f"{ROOT}/problems"), 403, "second_factor")
    TOTP.activate(cast.editor, generate_totp_secret())
    assert program.get("/problems").status_code == 200
    assert client.get(f"{ROOT}/problems").status_code == 200


def test_a_browser_writes_only_with_the_token_of_a_page(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.author)
    assert browser.get(_NEW).status_code == 200
    body = json.dumps({"panels": _PANELS})
    refused = browser.post(_NEW, body, content_type="application/json")
    _refusal(refused, 403, "permission_denied")
    page = browser.get(f"{ROOT}/")
    proof = page.context["csrf_token"]
    headers = {"X-CSRFToken": str(proof)}
    sent = browser.post(_NEW, body, content_type="application/json", headers=headers)
    assert sent.status_code == 201


def test_a_token_needs_no_proof_of_a_page(author: Program) -> None:
    author._client = Client(enforce_csrf_checks=True)
    assert author.post("/problems", {"panels": _PANELS}).status_code == 201


def test_what_breaks_is_a_500_without_its_reason(
    author: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A row that no verb could have written: what the code rightly does not expect.
    author._client = Client(raise_request_exception=False)
    person = authenticate_token(author.token).person
    problem = Problem.objects.create(author=person)
    Problem.objects.filter(pk=problem.pk).update(explanations=[])
    monkeypatch.setattr("curation.api.shown.version_of", None)
    problem.panels.create(role="query", position=0)
    said = _refusal(author.get(f"/problems/{problem.pk}"), 500, "server_error")
    assert "NoneType" not in str(said)


def test_no_answer_is_kept_by_caches(author: Program) -> None:
    assert author.get("/problems")["Cache-Control"] == "private, no-store"
