"""Sending what is stored over HTTP, whole or in part, as RFC 9110 says; never more than a block.

Knows what is asked of bytes: ranges, conditions, digests. Who may have them, others decide.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe

from curation.domain.ranges import Span, UnsatisfiableRangeError, asked_span

# Caches of many people ask again after five minutes (304 costs little): what is taken back, or kept
# for members from now on, is soon given by none of them.
_FOR_ALL = "public, max-age=300, must-revalidate"
_FOR_ONE = "private, no-cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What is sent, as far as it is known before any of it is read."""

    name: str
    size: int
    identity: str  # another for other bytes
    modified_at: datetime
    is_public: bool
    sha256: str = ""  # of all bytes, where it is known
    media_type: str = "application/octet-stream"

    @property
    def etag(self) -> str:
        """Strong: the same bytes, the same tag."""
        return f'"{self.identity}"'

    @property
    def modified(self) -> int:
        """As HTTP counts, in whole seconds."""
        return int(self.modified_at.timestamp())

    def headers(self) -> dict[str, str]:
        """What is said with every answer, also with one that sends nothing."""
        known = {
            "ETag": self.etag,
            "Last-Modified": http_date(self.modified),
            "Cache-Control": _FOR_ALL if self.is_public else _FOR_ONE,
            "Accept-Ranges": "bytes",
            "Content-Disposition": content_disposition_header(True, self.name) or "attachment",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        if self.sha256:
            digest = b64encode(bytes.fromhex(self.sha256)).decode()
            known["Repr-Digest"] = f"sha-256=:{digest}:"  # RFC 9530
        return known


type Read = Callable[[int, int], Iterable[bytes]]
"""Gives the bytes from a first one up to, not including, a last one."""


def serve(request: HttpRequest, served: Served, read: Read) -> HttpResponseBase:
    """The answer to GET or HEAD: 200, 206 for one range, 304 or 412 by conditions, or 416.

    Several ranges at once are answered with the whole, as RFC 9110 allows. What `read` gives is
    closed when the answer is.
    """
    answer = _conditional(request, served) or _of_range(request, served, read)
    for name, value in served.headers().items():
        answer.headers.setdefault(name, value)
    return answer


def is_first_part(request: HttpRequest, served: Served, answer: HttpResponseBase) -> bool:
    """Whether a download starts with this answer: not what is resumed, nor what sends nothing."""
    if request.method != "GET" or answer.status_code not in {200, 206}:
        return False
    span = _span(request, served)
    return span is None or span.start == 0


def _conditional(request: HttpRequest, served: Served) -> HttpResponse | None:
    return get_conditional_response(request, etag=served.etag, last_modified=served.modified)


def _of_range(request: HttpRequest, served: Served, read: Read) -> HttpResponseBase:
    try:
        span = _span(request, served)
    except UnsatisfiableRangeError:
        answer = HttpResponse("There is nothing at that range.", status=416)
        answer["Content-Type"] = "text/plain; charset=utf-8"
        answer["Content-Range"] = f"bytes */{served.size}"
        return answer
    sent = span or Span(0, served.size)
    if request.method == "HEAD":
        head = HttpResponse(content_type=served.media_type)
        head["Content-Length"] = len(sent)
        return head
    body = StreamingHttpResponse(
        read(sent.start, sent.stop),
        status=206 if span else 200,
        content_type=served.media_type,
    )
    body["Content-Length"] = len(sent)
    if span:
        body["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{served.size}"
    return body


def _span(request: HttpRequest, served: Served) -> Span | None:
    """What is asked for, if it is still of what the client has the rest of."""
    if request.method != "GET" or not _is_same(request.headers.get("If-Range", ""), served):
        return None
    return asked_span(request.headers.get("Range", ""), served.size)


def _is_same(condition: str, served: Served) -> bool:
    """Whether If-Range holds: it is a strong tag, or the very time of the last change."""
    if not condition or condition == served.etag:
        return True
    return parse_http_date_safe(condition) == served.modified
