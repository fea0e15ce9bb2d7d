"""Environment variables, read loudly: a missing or misspelled one stops the start by name."""

import os
import re
from enum import StrEnum

from django.core.exceptions import ImproperlyConfigured


class Environment(StrEnum):
    """Where this installation runs. Production is the default and the only one that is strict."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"
    DEMO = "demo"
    TEST = "test"


def text(name: str, *, default: str | None) -> str:
    """The variable's value; without a default it must be set."""
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise ImproperlyConfigured(
            f"Set the environment variable {name}; .env.example explains it."
        )
    return value


def integer(name: str, *, default: int) -> int:
    """The variable as a whole number."""
    value = text(name, default=str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def hour(name: str, *, default: int) -> int:
    """The variable as an hour of the day."""
    value = integer(name, default=default)
    if value > 23:
        raise ImproperlyConfigured(f"{name} must be an hour from 0 to 23, not {value}.")
    return value


def flag(name: str, *, default: bool) -> bool:
    """The variable as yes or no."""
    value = text(name, default="yes" if default else "no").lower()
    if value not in {"yes", "no"}:
        raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}.")
    return value == "yes"


def words(name: str) -> list[str]:
    """The variable as a list: words separated by commas or white space, none by default."""
    return os.environ.get(name, "").replace(",", " ").split()


_HOST = re.compile(r"(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


def hosts(name: str) -> frozenset[str]:
    """The variable as hosts, each with or without a port: `archive.example.org:8080`."""
    named = [word.lower() for word in words(name)]
    for host in named:
        if not _HOST.fullmatch(host):
            raise ImproperlyConfigured(
                f"{name} must list hosts such as archive.example.org:8080, not {host!r}."
            )
    return frozenset(named)


MODEL_KEY_PREFIX = "MODEL_KEY_"


def model_key(name: str) -> str:
    """The key a model's endpoint names, looked up at the moment of a call; empty if it is not set.

    Only variables with the prefix are keys of models, so that no endpoint can ask for another
    secret of the installation and have it sent to a server of its choice.
    """
    if not name.startswith(MODEL_KEY_PREFIX):
        raise ValueError(f"{name} is not the name of a model's key: {MODEL_KEY_PREFIX}...")
    return os.environ.get(name, "").strip()


def model_key_names() -> list[str]:
    """The variables that hold keys of models now."""
    is_set = (name for name, value in os.environ.items() if value.strip())
    return sorted(name for name in is_set if name.startswith(MODEL_KEY_PREFIX))
