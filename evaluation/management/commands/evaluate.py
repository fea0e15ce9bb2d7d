"""`manage.py evaluate --release V --endpoint NAME --protocol PRESET [--wait]`, and what follows."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from curation.errors import InvalidContentError, WrongMomentError
from evaluation.domain.protocol import PRESETS
from evaluation.management.named import (
    editor_named,
    endpoint_named,
    protocol_named,
    release_named,
)
from evaluation.management.watching import is_worker_alive, one_line, wait_for
from evaluation.models import Run, RunStatus
from evaluation.planning import plan_run
from evaluation.progress import progress, tallies
from evaluation.runs import cancel_run, retry_failed
from evaluation.tasks import work_run

SOME_FAILED = 3
STOPPED = 4
INTERRUPTED = 130  # as shells say it
_MOST_LISTED = 20
_STARTING = ("release", "endpoint", "protocol")


class Command(BaseCommand):
    """Start, watch and steer runs without a web server."""

    help = (
        "Measure an endpoint on a release. Without --wait the run is left to the workers; with "
        "it this process waits, and works the run off itself while no worker is alive. Exit "
        "status: 0 it ended and every prediction was answered, 3 some calls failed, 4 it stopped "
        "before its end, 1 nothing was done."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to ask of what, or what to do with a run that there is."""
        add = parser.add_argument
        add("--release", metavar="V", help="a published release")
        add("--endpoint", metavar="NAME", help="an endpoint that is in use")
        add("--protocol", metavar="PRESET", help=f"one of {', '.join(PRESETS)}")
        add("--by", default="", metavar="EMAIL", help="the editor who starts it (the only one)")
        add("--wait", action="store_true", help="until its end; on SIGINT the run goes on")
        verbs = parser.add_mutually_exclusive_group()
        what = "what failed or was never asked"
        verbs.add_argument("--retry", type=int, metavar="RUN", help=f"ask again {what}")
        verbs.add_argument("--cancel", type=int, metavar="RUN", help="stop; answers are kept")
        how = "tell how far a run is, or the newest ones; with --wait until its end"
        verbs.add_argument("--status", type=int, nargs="?", const=0, metavar="RUN", help=how)

    def handle(self, *, wait: bool, **options: Any) -> None:
        """Do the one thing that was asked for."""
        try:
            run = self._run(options)
        except (InvalidContentError, WrongMomentError) as error:
            raise CommandError(str(error)) from error
        if run is None:
            return
        if options["cancel"] is None and options["status"] is None:
            self._wake(run, is_waiting=wait)
        if wait:
            self._finish(self._waited_for(run))

    def _run(self, options: dict[str, Any]) -> Run | None:
        """The run that this is about, after what was to be done with it."""
        if options["status"] == 0:
            self._list()
            return None
        if options["status"] is not None:
            return self._say(_fetched(options["status"]))
        if options["cancel"] is not None:
            run = _fetched(options["cancel"])
            cancel_run(run)
            return self._say(_fetched(run.pk))
        if options["retry"] is not None:
            run = _fetched(options["retry"])
            retry_failed(run)
            return self._say(_fetched(run.pk))
        return self._say(_started(options))

    def _wake(self, run: Run, *, is_waiting: bool) -> None:
        if is_worker_alive():
            work_run.delay(run.pk)
        elif not is_waiting:
            self.stdout.write(
                "No worker is alive. It starts as soon as one does; or let this process do it: "
                f"manage.py evaluate --status {run.pk} --wait"
            )

    def _waited_for(self, run: Run) -> Run:
        try:
            return wait_for(run, self.stdout)
        except KeyboardInterrupt:
            words = f"Run {run.pk} is not cancelled: workers go on with it, or --status does."
            raise CommandError(words, returncode=INTERRUPTED) from None

    def _say(self, run: Run) -> Run:
        self.stdout.write(f"Run {run.pk}: {run}, {_state(run)}; {one_line(progress(run))}.")
        return run

    def _list(self) -> None:
        newest = list(Run.objects.with_parts()[:_MOST_LISTED])
        tally_of = tallies(newest)
        for run in newest:
            self.stdout.write(f"{run.pk}\t{run.status}\t{one_line(tally_of[run.pk])}\t{run}")
        if not newest:
            self.stdout.write("No run yet.")

    def _finish(self, run: Run) -> None:
        """Say what came of it; the exit status says it, too."""
        tally = progress(run)
        for label, estimate in tally.labeled_estimates:
            share = "none" if estimate.value is None else f"{estimate.value:.1%}"
            interval = f"{estimate.low:.1%} to {estimate.high:.1%}"
            counted = f"{estimate.k} of {estimate.n}"
            self.stdout.write(f"{label}: {counted} right, {share} ({interval})")
        page = reverse("evaluation:run_detail", args=[run.pk])
        self.stdout.write(f"Run {run.pk} {_state(run)}: {one_line(tally)}. Page: {page}")
        again = f"Again: manage.py evaluate --retry {run.pk} --wait"
        if run.status != RunStatus.FINISHED:
            raise CommandError(f"It stopped before its end. {again}", returncode=STOPPED)
        if tally.failed:
            raise CommandError(f"{tally.failed:,} calls failed. {again}", returncode=SOME_FAILED)


def _fetched(run_id: int) -> Run:
    run = Run.objects.with_parts().filter(pk=run_id).first()
    if run is None:
        raise CommandError(f"There is no run {run_id}; manage.py evaluate --status lists them.")
    return run


def _started(options: dict[str, Any]) -> Run:
    if missing := [f"--{name}" for name in _STARTING if not options[name]]:
        raise CommandError(f"To start a run also give {', '.join(missing)}.")
    return plan_run(
        release_named(options["release"]),
        endpoint_named(options["endpoint"]),
        protocol_named(options["protocol"]),
        by=editor_named(options["by"]),
    )


def _state(run: Run) -> str:
    label = run.get_status_display().lower()
    return f"{label} ({run.failure})" if run.failure else label
