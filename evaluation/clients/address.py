"""Which addresses a model may have."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from evaluation.domain.fitting import ANY_IMAGE, ImageRule


class AddressError(ValueError):
    """An address that cannot be taken; the message says what would be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a model is, how long an answer may take and what images it takes. Never the key."""

    base_url: str
    model: str
    timeout_seconds: float
    image_rule: ImageRule = ANY_IMAGE


def checked_base_url(text: str, allowed_hosts: Collection[str]) -> str:
    """The address without a closing slash; :class:`AddressError` unless it may be called.

    Only editors enter addresses, and models on this machine or in its network are legitimate, so
    private addresses are not refused: an operator who wants that lists `allowed_hosts`.
    """
    parts = _parts(text.strip())
    if parts.username is not None or parts.password is not None:
        raise AddressError("Leave names and passwords out of the address; name the key's variable.")
    if parts.query or parts.fragment:
        raise AddressError("Leave out what follows ? or #: the address ends like /v1.")
    if allowed_hosts and parts.hostname not in {host.lower() for host in allowed_hosts}:
        raise AddressError(
            f"{parts.hostname} is not among the hosts this installation allows for models "
            f"({', '.join(sorted(allowed_hosts))}); its operator can add it to MODEL_HOSTS."
        )
    return parts.geturl().rstrip("/")


def _parts(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        is_complete = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        is_complete = False
    if not is_complete or not text.isascii() or not text.isprintable() or " " in text:
        raise AddressError("An address looks like https://models.example.org/v1.")
    return parts
