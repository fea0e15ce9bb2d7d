"""What a monitoring system is told of runs: computed from the rows and the shared allowances.

Nothing is counted in a process, so that every web process tells the same, whoever asked the models.
Rows of ended runs are left out: their counts no longer change, and would be read again each time.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from evaluation.domain.allowance import Allowance
from evaluation.limiting import kept_allowance
from evaluation.living import is_runner_alive
from evaluation.models import ModelEndpoint, Prediction, PredictionStatus, Run
from evaluation.models.prediction import LEASE
from evaluation.spending import spend_of

_MINUTE = timedelta(minutes=1)
_OF_RUN = ("run", "endpoint")


def metrics_text(moment: datetime) -> bytes:
    """Everything in Prometheus's text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Rows(moment))
    return generate_latest(registry)


class _Rows(Collector):
    """Reads at each scrape."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """What is known at this moment."""
        yield _one("runner_alive", "Whether a worker asks models.", is_runner_alive(self._moment))
        runs = list(Run.objects.unfinished().select_related("endpoint"))
        yield _runs(runs)
        yield from (make(runs) for make in (_predictions, _waiting_again, _spent))
        yield _queue_depth(runs)
        yield _ended(self._moment, runs)
        yield _lease_age(self._moment)
        yield from _endpoints()


def _gauge(name: str, text: str, labels: tuple[str, ...]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"icl_bench_{name}", text, labels=labels)


def _one(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"icl_bench_{name}", text, value=value)


def _labels(run: Run) -> list[str]:
    return [str(run.pk), run.endpoint.name]


def _runs(runs: list[Run]) -> GaugeMetricFamily:
    family = _gauge("runs", "Runs that have not ended.", ("status",))
    for status, count in sorted(Counter(run.status for run in runs).items()):
        family.add_metric([status], count)
    return family


def _predictions(runs: list[Run]) -> GaugeMetricFamily:
    text = "Predictions of runs that have not ended, by outcome; pending or leased before."
    family = _gauge("predictions", text, (*_OF_RUN, "outcome"))
    for run in runs:
        rows = run.predictions.order_by("status", "outcome").values_list("status", "outcome")
        for status, outcome, count in rows.annotate(count=Count("pk")):
            family.add_metric([*_labels(run), outcome or status], count)
    return family


def _waiting_again(runs: list[Run]) -> GaugeMetricFamily:
    text = "Predictions to be asked again, by the status of the last reply; none for no reply."
    family = _gauge("predictions_retrying", text, (*_OF_RUN, "http_status"))
    for run in runs:
        rows = run.predictions.pending().filter(attempts__gt=0).order_by("http_status")
        for status, count in rows.values_list("http_status").annotate(count=Count("pk")):
            family.add_metric([*_labels(run), str(status or "none")], count)
    return family


def _spent(runs: list[Run]) -> GaugeMetricFamily:
    text = "What a run cost so far, in the currency of the endpoint's prices."
    family = _gauge("run_spent", text, _OF_RUN)
    for run in runs:
        price = spend_of(run).price
        if price is not None:
            family.add_metric(_labels(run), float(price))
    return family


def _queue_depth(runs: list[Run]) -> GaugeMetricFamily:
    family = _gauge("predictions_due", "Predictions that a worker could take up now.", _OF_RUN)
    for run in runs:
        family.add_metric(_labels(run), Prediction.objects.of_run(run.pk).due().count())
    return family


def _ended(moment: datetime, runs: list[Run]) -> GaugeMetricFamily:
    text = "Predictions of runs at work that ended in the last minute."
    family = _gauge("predictions_ended_last_minute", text, _OF_RUN)
    for run in runs:
        rows = Prediction.objects.of_run(run.pk).ended()
        family.add_metric(_labels(run), rows.filter(finished_at__gt=moment - _MINUTE).count())
    return family


def _lease_age(moment: datetime) -> GaugeMetricFamily:
    """A lease that is not renewed any more grows older than the time between two renewals."""
    rows = Prediction.objects.filter(status=PredictionStatus.LEASED).order_by()
    earliest = rows.aggregate(earliest=Min("leased_until"))["earliest"]
    age = (moment - (earliest - LEASE)).total_seconds() if earliest else 0.0
    text = "Since the oldest claim of a worker was renewed, in seconds."
    return _one("oldest_lease_seconds", text, max(0.0, age))


def _endpoints() -> Iterator[GaugeMetricFamily]:
    held = _gauge("endpoint_slots_held", "Requests at once granted to workers.", ("endpoint",))
    limit = _gauge("endpoint_slots_limit", "Requests at once allowed now.", ("endpoint",))
    down = _gauge("endpoint_down", "Whether nothing answers.", ("endpoint",))
    for endpoint in ModelEndpoint.objects.active().order_by("pk"):
        kept = kept_allowance(endpoint) or Allowance(limit=endpoint.max_concurrency)
        held.add_metric([endpoint.name], kept.under_way)
        limit.add_metric([endpoint.name], kept.limit)
        down.add_metric([endpoint.name], kept.is_down)
    yield from (held, limit, down)
