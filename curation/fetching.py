"""Fetches pictures from the public web, and from nowhere else.

Whoever enters an address chooses what this server connects to, from inside the operator's network.
So every address, also that of a redirect, is read, resolved once and checked; the connection goes
to exactly the numbers that were checked, without proxy, cookie or credential.
"""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from django.conf import settings
from yarl import URL

from curation.domain.addresses import (
    UNREACHABLE,
    NotPublicError,
    UnfetchableError,
    checked_url,
    is_own,
    is_public,
)
from curation.images import bring_image
from curation.models import Image, User

DEADLINE_SECONDS = 20.0
MAX_REDIRECTS = 3
MAX_FETCHES = 3  # at once in one process, so that slow servers do not hold all its threads
PATIENCE_SECONDS = 5.0

_SEATS = threading.BoundedSemaphore(MAX_FETCHES)
_PART_BYTES = 64 * 1024
_REDIRECTS = {301, 302, 303, 307, 308}
_PAGES = {"text/html", "application/xhtml+xml"}
_BRING_THE_FILE = "Save the picture and bring the file."
_WEB_PAGE = (
    "This address is a web page, not a picture. "
    "Right-click the picture and copy the address of the image."
)
_BUSY = "The server is busy fetching other pictures. Try again in a minute."
_SLOW = (
    f"The picture did not arrive within {DEADLINE_SECONDS:.0f} seconds. "
    f"Try again later. Or: {_BRING_THE_FILE}"
)
_UNTRUSTED = (
    f"The server of this address cannot prove that it is the one it says. {_BRING_THE_FILE}"
)
_PACKED = f"The server of this address sends the picture packed. {_BRING_THE_FILE}"
_ASTRAY = f"This address leads on to others without end. {_BRING_THE_FILE}"
_DOWNGRADED = f"This address leads on to one that is not secure. {_BRING_THE_FILE}"
_KEPT = f"The server of this address does not give the picture to everybody. {_BRING_THE_FILE}"
_GONE = "There is no picture at this address any more. Check it in your browser."
_FAILED = f"The server of this address failed. Try again later. Or: {_BRING_THE_FILE}"
_SAID = {401: _KEPT, 403: _KEPT, 404: _GONE, 410: _GONE}


def bring_from(address: str, *, by: User) -> Image:
    """The picture at an address as an image of this person, its source filled in.

    UnfetchableError and ImageRefusedError say why there is none.
    """
    origin = Image(source=_as_source(address))
    image = bring_image(fetch_picture(address), by=by, like=origin)
    if not image.source:  # brought before, and not described yet
        image.source = origin.source
        image.save(update_fields=["source"])
    return image


def _as_source(address: str) -> str:
    """The address as far as the field holds it; without what follows ? rather than cut in two."""
    most = Image._meta.get_field("source").max_length or 0
    candidates = (address, address.partition("?")[0])
    return next((one for one in candidates if len(one) <= most), "")


def fetch_picture(address: str) -> bytes:
    """What lies at a public address, or at one of `settings.IMAGE_HOSTS`: bytes of any kind.

    Takes DEADLINE_SECONDS and `settings.UPLOAD_MAX_BYTES` at most. UnfetchableError says in words
    for a clinician why there is nothing; NotPublicError that we did not ask.
    """
    with _seat():
        # Not `asyncio.run`, which waits for a name server that does not answer.
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(_fetched(address))
        finally:
            loop.close()


@contextmanager
def _seat() -> Iterator[None]:
    if not _SEATS.acquire(timeout=PATIENCE_SECONDS):
        raise UnfetchableError(_BUSY)
    try:
        yield
    finally:
        _SEATS.release()


async def _fetched(address: str) -> bytes:
    """The body, or an error that says no more than everybody may know."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await _followed(checked_url(address, settings.IMAGE_HOSTS))
    except TimeoutError:
        raise UnfetchableError(_SLOW) from None
    except aiohttp.ClientSSLError:
        raise UnfetchableError(_UNTRUSTED) from None
    except (aiohttp.ClientError, OSError):
        raise UnfetchableError(UNREACHABLE) from None


async def _followed(url: URL) -> bytes:
    for _ in range(MAX_REDIRECTS + 1):
        async with _answer(url) as answer:
            target = _target(url, answer)
            if target is None:
                return await _body(answer)
        url = target
    raise UnfetchableError(_ASTRAY)


@asynccontextmanager
async def _answer(url: URL) -> AsyncIterator[aiohttp.ClientResponse]:
    """What the host says, asked at the addresses that were checked."""
    connector = aiohttp.TCPConnector(
        resolver=_Known(await _addresses(url)), use_dns_cache=False, force_close=True
    )
    session = aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=None),  # the deadline is around everything
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={
            "Accept": "image/*",
            "Accept-Encoding": "identity",
            "User-Agent": f"icl-bench (+{settings.SITE_URL})",
        },
    )
    async with session, session.get(url, allow_redirects=False) as answer:
        yield answer


async def _addresses(url: URL) -> list[ResolveResult]:
    """Where the host is, each of its addresses public unless the operator lists it."""
    host, port = url.raw_host or "", url.port or 0
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    numbers = [(family, str(place[0])) for family, _, _, _, place in found]
    if not is_own(url, settings.IMAGE_HOSTS):
        _require_public([number for _, number in numbers])
    return [
        ResolveResult(
            hostname=host,
            host=number,
            port=port,
            family=family,
            proto=0,
            flags=socket.AI_NUMERICHOST,
        )
        for family, number in numbers
    ]


def _require_public(numbers: list[str]) -> None:
    # One private address among public ones is a trick, not a mistake.
    if not all(is_public(ip_address(number)) for number in numbers):
        raise NotPublicError


class _Known(AbstractResolver):
    """Gives a connection the addresses that were checked: nobody is asked a second time."""

    def __init__(self, addresses: list[ResolveResult]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The one answer there is."""
        return self._addresses

    async def close(self) -> None:
        """Nothing is held."""


def _target(url: URL, answer: aiohttp.ClientResponse) -> URL | None:
    """Where the answer leads on to, if it does; checked as if it had been entered."""
    location = answer.headers.get("Location", "")
    if answer.status not in _REDIRECTS or not location:
        return None
    try:
        joined = str(url.join(URL(location)))
    except ValueError as error:
        raise UnfetchableError(_ASTRAY) from error
    target = checked_url(joined, settings.IMAGE_HOSTS)
    if url.scheme == "https" and target.scheme != "https":
        raise UnfetchableError(_DOWNGRADED)
    return target


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """What is sent, never more of it than an upload may have."""
    _require_picture(answer)
    body = bytearray()
    async for part in answer.content.iter_chunked(_PART_BYTES):
        body += part
        if len(body) > settings.UPLOAD_MAX_BYTES:
            limit = settings.UPLOAD_MAX_BYTES // 1024**2
            raise UnfetchableError(
                f"This picture is larger than {limit} MB. "
                "Save it, export it smaller and bring the file."
            )
    return bytes(body)


def _require_picture(answer: aiohttp.ClientResponse) -> None:
    """Refuse what is surely none; whether the rest is one, the decoder says."""
    if answer.status != 200:
        raise UnfetchableError(_SAID.get(answer.status, _FAILED))
    if answer.content_type in _PAGES:
        raise UnfetchableError(_WEB_PAGE)
    if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise UnfetchableError(_PACKED)
