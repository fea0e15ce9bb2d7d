"""`manage.py verify_history`: whether the history still is what was appended."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from curation.verifying import BrokenHistoryError, Mark, verify_history


class Command(BaseCommand):
    """Walk the chain, and name the first broken link."""

    help = (
        "Walk the history and name the first broken link (exit code 1). Prints where the chain "
        "ends: note that line outside of this database, and give it to --noted next time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What was noted before."""
        parser.add_argument(
            "--noted",
            type=_mark,
            metavar="NUMBER:SHA256",
            default=Mark(0, ""),
            help="the end of the chain as an earlier walk printed it",
        )

    def handle(self, *, noted: Mark, **_: Any) -> None:
        """Say that all holds, or where it is broken first."""
        try:
            end = verify_history(noted)
        except BrokenHistoryError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{end.number:,} entries, every link holds. The chain ends at {end}")


def _mark(text: str) -> Mark:
    if not re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", text):
        raise ArgumentTypeError("a number, a colon and 64 hexadecimal digits, as printed before")
    number, _, sha256 = text.partition(":")
    return Mark(int(number), sha256)
