"""`manage.py report RUN... --format json|csv|latex [--output FILE]`."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from curation.errors import WrongMomentError
from evaluation.domain.reporting import RunReport
from evaluation.domain.reporting.files import as_csv, as_json, as_latex
from evaluation.models import Run
from evaluation.reporting import current_report

_FORMATS = {"json": as_json, "csv": as_csv, "latex": as_latex}


class Command(BaseCommand):
    """Report runs without a web server or a worker."""

    help = (
        "Report what runs measured, with intervals, strata and comparisons. A report that is "
        "stale or was never made is computed first, and kept for the pages."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which runs, in which form, where to."""
        add = parser.add_argument
        add("runs", nargs="+", type=int, metavar="RUN", help="the number in the run's address")
        add("--format", choices=_FORMATS, default="json", help="json (all there is), csv, latex")
        add("--output", type=Path, metavar="FILE", help="write there instead of here")

    def handle(self, *, runs: Sequence[int], output: Path | None, **options: Any) -> None:
        """Compute what is stale, write, say where."""
        text = _FORMATS[options["format"]]([_report_of(run_id) for run_id in runs])
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"Wrote {output}.")


def _report_of(run_id: int) -> RunReport:
    run = Run.objects.with_parts().filter(pk=run_id).first()
    if run is None:
        raise CommandError(f"There is no run {run_id}; its number stands in its page's address.")
    try:
        return current_report(run)
    except WrongMomentError as error:
        raise CommandError(str(error)) from error
