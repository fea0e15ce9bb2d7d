"""`manage.py judge RUN --endpoint NAME`: a model's verdicts on the answers of a run."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from curation.errors import InvalidContentError, WrongMomentError
from evaluation.agreeing import judges_agreements
from evaluation.judging import judge_run, work_judging
from evaluation.management.named import editor_named, endpoint_named
from evaluation.models import Judging, JudgingStatus, Run
from evaluation.progress import progress

_POLL_SECONDS = 0.5  # for a worker that asks for the last verdicts


class Command(BaseCommand):
    """Judge a run in this process."""

    help = (
        "Let a model judge the answers of a run. What it judged before is not asked again; what "
        "failed is. The exit status is 0 where it gave a verdict on every answer, else 3."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which run, and which judge."""
        parser.add_argument("run", type=int, metavar="RUN")
        parser.add_argument("--endpoint", required=True, metavar="NAME", help="the judge")
        parser.add_argument("--by", default="", metavar="EMAIL", help="an editor (the only one)")

    def handle(self, *, run: int, endpoint: str, by: str, **_: Any) -> None:
        """Judge and tell."""
        judged = Run.objects.with_parts().filter(pk=run).first()
        if judged is None:
            raise CommandError(f"There is no run {run}; manage.py evaluate --status lists them.")
        try:
            judging = judge_run(judged, endpoint_named(endpoint), by=editor_named(by))
        except (InvalidContentError, WrongMomentError) as error:
            raise CommandError(str(error)) from error
        while Judging.objects.running().filter(pk=judging.pk).exists():
            if not work_judging(judging.pk):
                time.sleep(_POLL_SECONDS)
        self._tell(judged, judging)

    def _tell(self, run: Run, judging: Judging) -> None:
        for label, estimate in progress(run).labeled_estimates:
            self.stdout.write(f"{label}: {estimate.k} of {estimate.n}")
        for each in judges_agreements(run):
            kappa = each.kappa
            value = "undefined" if kappa.value is None else f"{kappa.value:.2f}"
            bounds = f"{kappa.low:.2f} to {kappa.high:.2f}, {kappa.items} answers"
            self.stdout.write(f"{each.first} and {each.second}: kappa {value} ({bounds})")
        ended = Judging.objects.of_run(run).get(pk=judging.pk)
        if ended.status == JudgingStatus.FAILED:
            raise CommandError(ended.failure, returncode=3)
        if ended.errors or ended.unparsable:
            words = f"{ended.errors} calls failed, {ended.unparsable} replies were no verdict."
            raise CommandError(words, returncode=3)
