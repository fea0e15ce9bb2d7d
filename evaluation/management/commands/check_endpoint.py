"""`manage.py check_endpoint NAME`: what an endpoint can do, asked now, in this process."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from curation.errors import InvalidContentError, WrongMomentError
from evaluation.checking import ask_check, work_check
from evaluation.domain.conformance import Shown
from evaluation.management.named import editor_named, endpoint_named


class Command(BaseCommand):
    """Check one endpoint."""

    help = (
        "Ask an endpoint what it can do; the record is kept and shown with it. The exit status "
        "is 0 where it answers and each image is shown to arrive, else 3."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which one, and who asks."""
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--by", default="", metavar="EMAIL", help="an editor (the only one)")

    def handle(self, *, name: str, by: str, **_: Any) -> None:
        """Ask and tell."""
        try:
            check = ask_check(endpoint_named(name), by=editor_named(by))
        except (InvalidContentError, WrongMomentError) as error:
            raise CommandError(str(error)) from error
        work_check(check.pk)
        check.refresh_from_db()
        for label, shown, evidence in check.shown:
            self.stdout.write(f"{label}: {shown}. {evidence}")
        found = {each["name"]: each["shown"] for each in check.capabilities}
        if {found.get("answers"), found.get("images")} != {Shown.YES}:
            raise CommandError(f"{check.endpoint}: {check.summary}.", returncode=3)
