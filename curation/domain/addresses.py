"""From which addresses of the web a picture may be fetched: decided by text and numbers alone.

An address is read once, by yarl, which also makes the request: two readers of one address that
disagree about its host are how such checks are got round.
"""

import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from yarl import URL

LONGEST_ADDRESS = 2000
_PORTS = {80, 443}
# The only unicast addresses given out so far. What lies outside carries IPv4 in disguise, has no
# route, or waits for a meaning; Python calls much of it global.
_GIVEN_OUT = IPv6Network("2000::/3")
_DOCUMENTATION = IPv6Network("3fff::/20")  # RFC 9637, newer than the list Python has
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits
_HOST_OF_AZURE = IPv4Address("168.63.129.16")  # answers every machine there, with its secrets
# Never in public use: RFC 6761, 6762 and 8375, and what ICANN keeps for private use.
_PRIVATE_ENDINGS = (
    ".localhost",
    ".local",
    ".internal",
    ".home.arpa",
    ".test",
    ".invalid",
    ".onion",
)
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
# Ends in a word: what ends in a number is a disguised IPv4 address, or nothing.
_NAME = re.compile(rf"(?=.{{1,253}}$)(?:{_LABEL}\.)+(?!0x[0-9a-f]*$)(?![0-9]+$){_LABEL}")

_BRING_THE_FILE = "save the picture and bring the file."
_FORM = "The address of a picture looks like https://example.org/picture.jpg."
_NAMED = f"Leave the name and the password out of the address, or {_BRING_THE_FILE}"
_PORT = f"Addresses with a port number of their own are not fetched: {_BRING_THE_FILE}"
UNREACHABLE = (
    "This address cannot be reached on the public web. See whether it opens in a private window "
    f"of your browser; if it does not, {_BRING_THE_FILE}"
)


class UnfetchableError(ValueError):
    """No picture can be had from an address; the message says what to do, for who entered it."""


class NotPublicError(UnfetchableError):
    """The address is not one of the public web.

    Its message is that of an address nobody answers at, so that nobody can ask us what there is in
    our network.
    """

    def __init__(self) -> None:
        super().__init__(UNREACHABLE)


def checked_url(text: str, own_hosts: Collection[str]) -> URL:
    """The address as a request takes it, as far as its text tells that it may be fetched.

    `own_hosts` are the exceptions of the operator: `host` or `host:port`. Raises UnfetchableError
    for what is no address of http or https, and for names, passwords and ports in it;
    NotPublicError for hosts that cannot be public. Says nothing of what a name resolves to.
    """
    url = _read(text)
    if is_own(url, own_hosts):
        return url
    if url.port not in _PORTS:
        raise UnfetchableError(_PORT)
    if not _can_be_public(url.raw_host or ""):
        raise NotPublicError
    return url


def _read(text: str) -> URL:
    if len(text) > LONGEST_ADDRESS or not text.isprintable() or set(text) & {" ", "\\"}:
        raise UnfetchableError(_FORM)
    try:
        url = URL(text).with_fragment(None)
        host = (url.raw_host or "").removesuffix(".")
        bare = url.with_host(host)
    except ValueError as error:  # also a host that is missing, or that nobody can write in ASCII
        raise UnfetchableError(_FORM) from error
    if url.scheme not in {"http", "https"}:
        raise UnfetchableError(_FORM)
    if url.raw_user is not None or url.raw_password is not None:
        raise UnfetchableError(_NAMED)
    return bare


def is_own(url: URL, own_hosts: Collection[str]) -> bool:
    """Whether the operator lists its host and port; a host alone stands for the usual ports."""
    has_usual_port = url.port in _PORTS
    host = url.host_subcomponent
    return f"{host}:{url.port}" in own_hosts or (has_usual_port and host in own_hosts)


def _can_be_public(host: str) -> bool:
    """Whether it is the name of a public host, or the number of one."""
    try:
        return is_public(ip_address(host))
    except ValueError:
        return bool(_NAME.fullmatch(host)) and not host.endswith(_PRIVATE_ENDINGS)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether everybody reaches the same host at it. An IPv4 address inside it decides for it."""
    if isinstance(address, IPv4Address):
        is_special = address.is_multicast or address == _HOST_OF_AZURE
        return address.is_global and not is_special
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    # The old tunnels 6to4 and Teredo are not global to Python, whatever they carry.
    return address.is_global and address in _GIVEN_OUT and address not in _DOCUMENTATION
