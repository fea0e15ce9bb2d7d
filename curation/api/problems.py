"""Every refusal is a problem details document (RFC 9457), whoever refuses."""

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.signals import got_request_exception
from django.db import DataError
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings

from curation.domain.imaging import ImageRefusedError
from curation.errors import InvalidContentError, StaleDraftError, WrongMomentError
from curation.http import open_to_all

MEDIA_TYPE = "application/problem+json"

_log = logging.getLogger("django.request")

_NOT_FOUND = "There is nothing here, or nothing that you may see."
_UNREADABLE = "This request holds what no database can keep, or is nested too deeply."
_TOO_LARGE = "That is larger than this server takes. Send a smaller file."
_BROKEN = "Something went wrong here. It was noted; try again later."


class RefusedError(exceptions.APIException):
    """A refusal with a status, a code that programs tell apart, and members of its own."""

    def __init__(self, status: int, code: str, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.status_code = status
        self.problem = problem_of(status, code, detail, **members)


def problem_of(status: int, code: str, detail: str, **members: Any) -> dict[str, Any]:
    """The document. `code` tells what `status` alone does not."""
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail} | {
        "code": code,
        **members,
    }


def refuse(status: int, code: str, detail: str) -> JsonResponse:
    """The answer of what comes before or after any operation."""
    return JsonResponse(problem_of(status, code, detail), status=status, content_type=MEDIA_TYPE)


@csrf_exempt
@open_to_all
def nothing_here(_: HttpRequest, path: str) -> JsonResponse:
    """Answer whatever no operation has as its address."""
    return refuse(404, "not_found", _NOT_FOUND)


def answer_of(error: Exception, context: Mapping[str, Any]) -> Response:
    """The refusal that an error means; what nobody expected is logged and stays unexplained."""
    document = _document_of(error)
    if document["status"] == HTTPStatus.INTERNAL_SERVER_ERROR:
        request = getattr(context["request"], "_request", context["request"])
        _log.error("An operation of the API failed", exc_info=error)
        got_request_exception.send(sender=None, request=request)
    answer = Response(document, status=document["status"], content_type=MEDIA_TYPE)
    for name, value in _headers_of(error):
        answer[name] = value
    return answer


def _document_of(error: Exception) -> dict[str, Any]:
    match error:
        case RefusedError():
            return error.problem
        case exceptions.ValidationError():
            found = list(_found(error.detail, ""))
            words = "The content cannot be taken: see the errors."
            return problem_of(422, "invalid_content", words, errors=found)
        case exceptions.APIException():
            code = str(error.default_code)
            return problem_of(error.status_code, code, _sentence(str(error.detail)))
        case _:
            return problem_of(*_plain(error))


def _plain(error: Exception) -> tuple[int, str, str]:
    """Status, code and words of an error that is not DRF's own."""
    kinds: tuple[tuple[type[Exception] | tuple[type[Exception], ...], int, str, str], ...] = (
        (Http404, 404, "not_found", _NOT_FOUND),
        (PermissionDenied, 403, "permission_denied", "You may see this, but not do that."),
        (StaleDraftError, 409, "stale", str(error)),
        (WrongMomentError, 409, "wrong_moment", str(error)),
        ((InvalidContentError, ImageRefusedError), 422, "invalid_content", str(error)),
        (RequestDataTooBig, 413, "too_large", _TOO_LARGE),
        ((SuspiciousOperation, BadRequest), 400, "bad_request", "This request cannot be read."),
        ((DataError, RecursionError, UnicodeError), 400, "bad_request", _UNREADABLE),
    )
    for kind, status, code, words in kinds:
        if isinstance(error, kind):
            return status, code, words
    return 500, "server_error", _BROKEN


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _found(detail: Any, place: str) -> Iterator[dict[str, str]]:
    """Each fault with the JSON pointer of what it is about."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            is_whole = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from _found(inner, place if is_whole else f"{place}/{_escaped(str(name))}")
    elif isinstance(detail, list | tuple):
        for number, inner in enumerate(detail):
            is_nested = isinstance(inner, Mapping | list | tuple)
            yield from _found(inner, f"{place}/{number}" if is_nested else place)
    else:
        yield {"pointer": f"#{place}", "detail": str(detail)}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _headers_of(error: Exception) -> Iterator[tuple[str, str]]:
    if header := getattr(error, "auth_header", None):
        yield "WWW-Authenticate", header
    if wait := getattr(error, "wait", None):
        yield "Retry-After", str(wait)
