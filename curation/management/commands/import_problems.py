"""`manage.py import_problems PATH... --by EMAIL`: problems that exist already become drafts."""

import os
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from curation.domain.importing import ImportRefusedError
from curation.importing import bring_paths, cancel_import, start_importing, work_import
from curation.models import Import, ImportRow, User
from curation.permissions import can_author

_WAIT_SECONDS = 1.0  # for a worker that took the import up


class Command(BaseCommand):
    """Import problems without a web server or a worker."""

    help = (
        "Make drafts of the problems in a release (a folder or ZIP), in Parquet as SMMILE has it, "
        "or in a table (CSV, XLSX, ODS) with its images. Run it again after an interruption: what "
        "is among the author's problems already is passed over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files, their author, and whether to look only."""
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="the author of the drafts")
        parser.add_argument(
            "--preview", action="store_true", help="say what would be imported, import nothing"
        )

    def handle(self, *, paths: list[Path], by: str, preview: bool, **_: Any) -> None:
        """Read, say what was found, import."""
        author = _author(by)
        try:
            batch = bring_paths(list(_files(paths)), by=author)
        except ImportRefusedError as error:
            raise CommandError(str(error)) from error
        self._work(batch)
        self._tell(batch)
        is_anything = batch.rows.in_status(ImportRow.Status.READY).exists()
        if preview or not is_anything:
            cancel_import(batch)
            self.stdout.write("Nothing was imported.")
            return
        start_importing(batch)
        self._work(batch)
        imported = batch.rows.in_status(ImportRow.Status.IMPORTED).count()
        self.stdout.write(f"{imported:,} imported as drafts of {author.email}.")

    def _work(self, batch: Import) -> None:
        """Do the work at hand; where a worker does it, wait for its end."""
        batch.refresh_from_db()
        while batch.is_worked:
            work_import(batch)
            batch.refresh_from_db()
            if batch.is_worked:
                time.sleep(_WAIT_SECONDS)
        if batch.failure:
            raise CommandError(batch.failure)

    def _tell(self, batch: Import) -> None:
        for finding in batch.findings:
            self.stdout.write(finding)
        for row in batch.rows.all():
            place, name = row.document["place"], row.document["name"]
            self.stdout.write(f"{place} ({name}): {row.get_status_display()}")
            for finding in row.row_findings():
                self.stdout.write(f"    {finding.message}")
        counts = batch.rows.count_by_status()
        words = [
            f"{counts[value]:,} {label.lower()}"
            for value, label in ImportRow.Status.choices
            if value in counts
        ]
        self.stdout.write("; ".join(words) + ".")


def _author(email: str) -> User:
    person = User.objects.filter(email=email.lower()).first()
    if person is None or not can_author(person):
        raise CommandError(f"{email} is not an author here. Invite them as one first.")
    return person


def _files(paths: list[Path]) -> Iterator[tuple[str, Path]]:
    """The files, and those in the folders, each with its name there; links are not followed."""
    for path in paths:
        if path.is_dir():
            yield from _in_folder(path)
        elif path.is_file():
            yield path.name, path
        else:
            raise CommandError(f"There is no file or folder {path}.")


def _in_folder(folder: Path) -> Iterator[tuple[str, Path]]:
    for parent, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix(), path
