"""Imports as authors bring them, for tests."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone
from pytest_django import Settings

from curation.importing import bring_files, start_importing, work_import
from curation.models import Import, ImportRow, User
from tests.curation.domain.importing.brought import archive, table
from tests.curation.storages import Trouble, TroubledStorage
from tests.factories import png_bytes

PICTURES = {f"{number}.png": png_bytes(number) for number in range(1, 7)}
SAVES_A_PROBLEM = 4  # two pictures, each with its thumbnail


def panels(name: str) -> list[tuple[str, ...]]:
    """An example and the query of one problem, with pictures of its own, as rows of a table."""
    first = 2 * ("abc".index(name) + 1) - 1
    return [
        (name, "", f"What is {name}?", "Left", f"{first}.png"),
        (name, "", f"What is {name}?", "Right", f"{first + 1}.png"),
    ]


def files_of(*names: str) -> dict[str, bytes]:
    """A table of problems "a", "b" and "c", and its images."""
    rows = [row for name in names for row in panels(name)]
    return {"problems.csv": table(*rows), "images.zip": archive(PICTURES)}


def bring(author: User, files: Mapping[str, bytes]) -> Import:
    """The files, brought and not looked at."""
    brought = [(name, ContentFile(data, name)) for name, data in files.items()]
    return bring_files(brought, by=author)


def bring_checked(author: User, files: Mapping[str, bytes]) -> Import:
    """The files, brought and looked at."""
    batch = bring(author, files)
    work_import(batch)
    return stored(batch)


def bring_imported(author: User, files: Mapping[str, bytes]) -> Import:
    """The files, brought, looked at and imported."""
    batch = bring_checked(author, files)
    start_importing(batch)
    work_import(batch)
    return stored(batch)


def stored(batch: Import) -> Import:
    """The import as the database has it now."""
    return Import.objects.get(pk=batch.pk)


def statuses(batch: Import) -> list[str]:
    """What became of each problem."""
    return [str(row.status) for row in batch.rows.all()]


def said(row: ImportRow) -> str:
    """All its findings."""
    return " ".join(finding.message for finding in row.row_findings())


def expire_lease(batch: Import) -> None:
    """The worker that held it is dead for long enough."""
    past = timezone.now() - timedelta(seconds=1)
    Import.objects.filter(pk=batch.pk).update(leased_until=past)


def keep_images_in(folder: Path, settings: Settings, trouble: Trouble) -> None:
    """Use this folder as the images storage, with trouble before each file is kept."""
    backend = f"{TroubledStorage.__module__}.{TroubledStorage.__name__}"
    images = {"BACKEND": backend, "OPTIONS": {"location": folder, "trouble": trouble}}
    settings.STORAGES = {**settings.STORAGES, "images": images}


def stored_files(batch: Import) -> list[str]:
    """The names of its files in the storage."""
    try:
        _, names = storages["imports"].listdir(str(batch.pk))
    except FileNotFoundError:
        return []
    return names
