"""Whether somebody asks models: workers that take the queue of runs, and no others."""

from datetime import datetime

from django.utils import timezone

from curation.models import Heartbeat
from evaluation.models import EndpointCheck, Prediction, Trial, Verdict

RUNNER = "runner"


def beat() -> None:
    """Prove that a worker takes the queue of runs."""
    Heartbeat.objects.update_or_create(name=RUNNER, defaults={"beat_at": timezone.now()})


def is_runner_alive(moment: datetime) -> bool:
    """Whether a worker takes the queue of runs, or is at it: one that is busy does not beat."""
    return (
        Heartbeat.objects.is_alive(RUNNER, moment)
        or Prediction.objects.leased().exists()
        or Verdict.objects.held_at(moment).exists()
        or Trial.objects.held_at(moment).exists()
        or EndpointCheck.objects.held_at(moment).exists()
    )
