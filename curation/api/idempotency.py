"""`Idempotency-Key`: a write that is sent twice is done once, and answered alike.

As draft-ietf-httpapi-idempotency-key-header has it. Answers of what was done are kept for 24 hours;
a refusal is not, for nothing was done.
"""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseBase
from rest_framework.renderers import JSONRenderer

from curation.api.problems import RefusedError
from curation.repeating import Answered, InProgressError, ReusedKeyError, take_key

HEADER = "Idempotency-Key"
PATTERN = r'^"?[\x21\x23-\x7e]{1,255}"?$'


def once(request: Any, act: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Act, or answer what was answered when this key was sent before."""
    key = request.headers.get(HEADER)
    if key is None:
        return act()
    try:
        taken = take_key(request.user, _checked(key), _fingerprint(request))
        if isinstance(taken, Answered):
            return _again(taken)
        with taken.answering():
            answer = act()
            taken.keep(answer.status_code, _text(answer))
    except ReusedKeyError as error:
        raise RefusedError(422, "idempotency_key_reused", str(error)) from error
    except InProgressError as error:
        raise RefusedError(409, "idempotency_key_in_use", str(error)) from error
    return answer


def _text(answer: Any) -> str:
    text: str = JSONRenderer().render(answer.data).decode()
    return text


def _checked(key: str) -> str:
    """The key without the quotation marks of a structured header."""
    if not re.fullmatch(PATTERN, key):
        words = f"An {HEADER} has 1 to 255 visible ASCII characters, such as a UUID."
        raise RefusedError(400, "bad_idempotency_key", words)
    return key.strip('"')


def _fingerprint(request: Any) -> str:
    """SHA-256 of method, path and what was read from the body, files by their bytes."""
    said = json.dumps([request.method, request.path, request.data], default=_plain, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, UploadedFile):
        digest = hashlib.sha256()
        for chunk in value.chunks():
            digest.update(chunk)
        value.seek(0)
        return digest.hexdigest()
    return str(value)


def _again(answered: Answered) -> HttpResponse:
    answer = HttpResponse(answered.body, status=answered.status, content_type="application/json")
    answer["Idempotency-Replayed"] = "true"
    return answer
