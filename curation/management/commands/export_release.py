"""`manage.py export_release 1.0.0 --to DIR`: a release's files, without a web server."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from curation.domain.bundle import BundleError
from curation.exporting import export_release, record_export
from curation.models import Release


class Command(BaseCommand):
    """Write the files of a release into a folder."""

    help = "Write the files of a release into a folder: the same bytes every time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The version and the folder."""
        parser.add_argument("version")
        parser.add_argument("--to", required=True, type=Path, help="a new or empty folder")

    def handle(self, *, version: str, to: Path, **_: Any) -> None:
        """Export, or say what is wrong with the version or the folder."""
        release = Release.objects.filter(version=version).first()
        if release is None:
            known = ", ".join(Release.objects.values_list("version", flat=True)) or "none yet"
            raise CommandError(f"There is no release {version}; there is: {known}.")
        _require_empty(to)
        try:
            files = export_release(release, to)
        except BundleError as error:
            raise CommandError(f"{error} What is in {to} is unfinished: delete it.") from error
        record_export(release)
        size = sum(file.size for file in files)
        self.stdout.write(f"{len(files)} files, {size:,} bytes in {to}")


def _require_empty(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"No folder can be made there: {error}.") from error
    if any(folder.iterdir()):
        raise CommandError(f"{folder} is not empty. Name a new folder, so that nothing is mixed.")
