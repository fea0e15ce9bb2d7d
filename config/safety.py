"""What production refuses to start with; every refusal names the variable that is wrong."""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

# Django's own mark of keys that anybody may know.
INSECURE_PREFIX = "django-insecure-"
_SHORTEST_KEY = 50
_FEWEST_LETTERS = 5


def require_secret(key: str) -> None:
    """A key nobody can guess: sessions and the links of e-mails are signed with it."""
    is_weak = len(key) < _SHORTEST_KEY or len(set(key)) < _FEWEST_LETTERS
    if is_weak or key.startswith(INSECURE_PREFIX):
        raise ImproperlyConfigured(
            f"SECRET_KEY must be at least {_SHORTEST_KEY} random characters, and not one that the "
            "code knows; .env.example says how to make one."
        )


def require_site(url: str) -> None:
    """Where people find the site, over TLS unless it is on their own machine."""
    site = urlsplit(url)
    if site.scheme not in {"http", "https"} or not site.hostname or site.path:
        raise ImproperlyConfigured(
            f"SITE_URL must be a scheme and a host such as https://bench.example.org, not {url!r}."
        )
    if site.scheme == "http" and not _is_loopback(site.hostname):
        raise ImproperlyConfigured(
            f"SITE_URL must start with https://, not {url!r}: over plain http, passwords and "
            "sessions can be read on their way."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def require_named_hosts(hosts: Sequence[str]) -> None:
    """No wildcard: links in e-mails are made with the name a request asks for."""
    if "*" in hosts:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name hosts; * would accept any name.")


def require_approvals(number: int) -> None:
    """Nothing is published that nobody else has approved."""
    if number < 1:
        raise ImproperlyConfigured(f"REQUIRED_APPROVALS must be 1 or more, not {number}.")


def require_claim_hours(number: int) -> None:
    """A place that is kept for no time could never be taken."""
    if number < 1:
        raise ImproperlyConfigured(f"CLAIM_HOURS must be 1 or more, not {number}.")


def require_hosts_for_keys(hosts: Sequence[str], keys: Sequence[str]) -> None:
    """A key goes only to hosts the operator named, whatever address an endpoint is given."""
    if keys and not hosts:
        raise ImproperlyConfigured(
            f"Set MODEL_HOSTS to the hosts that may get {', '.join(keys)}: without it, an endpoint "
            "could send a key to any server."
        )
