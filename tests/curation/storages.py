"""A storage with trouble: what a full disk, a second worker or a clock does between two files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage
from pytest_django import Settings

Trouble = Callable[[int], None]
"""What happens before a file is kept, told how many were kept before it."""


class TroubledStorage(FileSystemStorage):
    """Files in a folder; before each is kept, something else happens."""

    def __init__(self, *, trouble: Trouble, location: Path) -> None:
        super().__init__(location=location)
        self._trouble = trouble
        self._kept = 0

    def save(self, *args: Any, **kwargs: Any) -> str:
        """Keep a file after the trouble, if it lets us."""
        self._trouble(self._kept)
        name: str = super().save(*args, **kwargs)
        self._kept += 1
        return name


def keep_releases_in(folder: Path, settings: Settings, trouble: Trouble | None = None) -> None:
    """Use this folder as the releases storage, with or without trouble."""
    backend = TroubledStorage if trouble else FileSystemStorage
    options: dict[str, Any] = {"location": folder} | ({"trouble": trouble} if trouble else {})
    releases = {"BACKEND": f"{backend.__module__}.{backend.__name__}", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "releases": releases}
