"""`manage.py import_release DIR --version V --by EDITOR`: a release made elsewhere, made ours."""

import tempfile
import time
from argparse import ArgumentParser, BooleanOptionalAction
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from curation.domain.importing import ImportRefusedError
from curation.domain.importing.release_folder import Defaults, ReleaseFolder
from curation.domain.importing.releases import opened_release
from curation.drafting import vocabulary
from curation.errors import InvalidContentError, WrongMomentError
from curation.exporting import write_release
from curation.importing_releases import import_release, require_importable
from curation.inspecting import Look, Looking
from curation.models import ImageLicense, Release, User
from curation.permissions import can_edit_collection
from curation.releases import publish_release

_WAIT_SECONDS = 1.0  # for a worker that took the release up
_UNSAID = "for a folder without a manifest: "


class Command(BaseCommand):
    """Import a release without a web server or a worker."""

    help = (
        "Make a release of the problems in a folder: a release of this software with its manifest, "
        "or Parquet in SMMILE's columns. The editor signs for them, which is kept; nobody here "
        "reviews them. Run it again after an interruption: nothing is there before all is."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Let `--version` be the release's, not Django's."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder, what becomes of it, and what a folder without a manifest does not say."""
        add = parser.add_argument
        add("folder", type=Path, metavar="DIR")
        add("--version", required=True, metavar="V", help="the release it becomes here: 1.0.0")
        add("--by", required=True, metavar="EMAIL", help="the editor who signs for it")
        add("--dry-run", action="store_true", help="say what is found, import nothing")
        add("--publish", action="store_true", help="publish it as soon as its files are written")
        add(
            "--public",
            action=BooleanOptionalAction,
            default=True,
            help="who reads it once it is published: everybody, or only who signs in",
        )
        add("--with-errors", action="store_true", help="take what the rules here call errors, too")
        add("--name", default="", help=f"{_UNSAID}what it is called (its folder's name)")
        add("--homepage", default="", help=f"{_UNSAID}where it was published")
        add("--source", default="", help=f"{_UNSAID}where its images come from")
        add("--attribution", default="", help=f"{_UNSAID}whom to credit")
        add(
            "--license",
            default="",
            choices=["", *ImageLicense.values],
            metavar="SPDX",
            help=f"{_UNSAID}of its text and of images that name none",
        )
        add(
            "--confirm-no-patient",
            action="store_true",
            help=f"{_UNSAID}sign that no patient can be identified in any of its images",
        )

    def handle(self, *, folder: Path, version: str, by: str, **options: Any) -> None:
        """Look, say what was found, import, write the files."""
        editor = _editor(by)
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        try:
            if not options["dry_run"]:
                require_importable(version)  # before hours of looking at pictures
            release = self._imported(folder, version, editor, options)
            if release is not None:
                self._write(release)
                self._publish(release, editor, is_wanted=options["publish"])
        except (ImportRefusedError, InvalidContentError, WrongMomentError) as error:
            raise CommandError(str(error)) from error

    def _imported(
        self, path: Path, version: str, editor: User, options: dict[str, Any]
    ) -> Release | None:
        """The draft; none where nothing but a look was wanted."""
        with (
            tempfile.TemporaryDirectory(prefix="import-") as aside,
            opened_release(path, Path(aside), _defaults(path, options), vocabulary()) as folder,
        ):
            looking = Looking(
                folder=folder,
                with_errors=options["with_errors"],
                is_kept=not options["dry_run"],
            )
            look = looking.through()
            self._tell(folder, look)
            if options["dry_run"]:
                self.stdout.write("Nothing was imported.")
                return None
            public = options["public"]
            return import_release(folder, look, version=version, by=editor, is_public=public)

    def _tell(self, folder: ReleaseFolder, look: Look) -> None:
        for finding in look.findings:
            self.stdout.write(finding)
        for reason in look.against:
            self.stdout.write(f"It cannot be imported: {reason}")
        origin = folder.origin
        self.stdout.write(
            f"{origin.name} {origin.version}".strip()
            + f": {len(look.new):,} new, {len(look.known):,} here already, "
            f"{look.left_out:,} left out. SHA-256 {origin.manifest_sha256}"
        )

    def _write(self, release: Release) -> None:
        """Write its files; where a worker does, wait for its end."""
        while not release.is_settled:
            write_release(release)
            release.refresh_from_db()
            if not release.is_settled:
                time.sleep(_WAIT_SECONDS)
        if not release.is_ready:
            raise WrongMomentError(f"It is imported, but not written: {release.failure}")

    def _publish(self, release: Release, editor: User, *, is_wanted: bool) -> None:
        if is_wanted:
            publish_release(release, by=editor)
        stage = "published" if is_wanted else "a draft: look at it, then publish it"
        self.stdout.write(
            f"Release {release} has {release.items.count():,} problems and is {stage}."
        )


def _editor(email: str) -> User:
    person = User.objects.filter(email=email.lower(), is_active=True).first()
    if person is None or not can_edit_collection(person):
        raise CommandError(f"{email} is not an editor here. Only an editor signs for a release.")
    return person


def _defaults(folder: Path, options: dict[str, Any]) -> Defaults:
    return Defaults(
        name=options["name"].strip() or folder.resolve().name,
        homepage=options["homepage"].strip(),
        license=options["license"],
        attribution=options["attribution"].strip(),
        source=options["source"].strip(),
        no_patient_confirmed=options["confirm_no_patient"],
        released_on=timezone.now().date(),
    )
