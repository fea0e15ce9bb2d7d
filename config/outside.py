"""The shapes in which Django and Celery want what lies outside: mail server and message broker."""

from pathlib import Path
from typing import Any


def mailer(server: dict[str, Any]) -> dict[str, Any]:
    """How e-mails go out; without a host they are printed."""
    if not server["host"]:
        return {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {**server, "timeout": 20},
    }


def broker_options(redis_url: str, folder: Path, *, longest_task: int) -> dict[str, Any]:
    """How messages are kept: by Redis, else as files in a folder. ``longest_task`` in seconds."""
    if redis_url:
        # Longer than the longest task, else a message still being worked on is delivered again.
        return {"visibility_timeout": 2 * longest_task}
    return {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.1,
    }
