"""Proof that the queue and a worker are alive: a row that a periodic task renews."""

from datetime import datetime, timedelta

from django.db import models

WORKER = "worker"
# Three missed ticks of ten seconds.
_SILENCE = timedelta(seconds=35)


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """Which heartbeats?"""

    def is_worker_alive(self, moment: datetime) -> bool:
        """Whether a worker proved recently enough that it takes work."""
        return self.is_alive(WORKER, moment)

    def is_alive(self, name: str, moment: datetime) -> bool:
        """Whether what has this name ran recently enough."""
        return self.filter(name=name, beat_at__gt=moment - _SILENCE).exists()


class Heartbeat(models.Model):
    """When something that should run all the time last ran."""

    name = models.CharField(max_length=50, primary_key=True)
    beat_at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
