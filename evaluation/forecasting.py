"""What a run would take, before anything is planned. Nothing is written here."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Avg

from curation.models import Image, Release
from evaluation.asking import request_for
from evaluation.domain.forecast import ImageSize, Load, load_of
from evaluation.domain.protocol import Protocol
from evaluation.models import ModelEndpoint, Prediction
from evaluation.planning import AskedRevision, asked_revisions, require_askable

_ANSWERS_FOR_THE_PACE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The load of a run, and what it means at its endpoint; None where nothing is known."""

    load: Load
    excluded: int
    most_cost: float | None
    minutes: float | None


def forecast(release: Release, endpoint: ModelEndpoint, protocol: Protocol) -> Forecast:
    """What this run would take; refuses like the planning where the endpoint cannot answer it."""
    require_askable(endpoint, protocol)
    load, excluded = Load(), 0
    for batch in asked_revisions(release, protocol):
        sizes = _sizes(batch)
        for asked in batch:
            of_one = _load(asked, protocol, sizes)
            load += of_one
            excluded += not of_one.requests
    return Forecast(
        load=load,
        excluded=excluded,
        most_cost=load.most_cost(
            _price(endpoint.input_price_per_million), _price(endpoint.output_price_per_million)
        ),
        minutes=load.minutes(
            at_once=endpoint.max_concurrency,
            seconds_per_answer=_seconds_per_answer(endpoint),
            requests_per_minute=endpoint.requests_per_minute,
            tokens_per_minute=endpoint.tokens_per_minute,
        ),
    )


def _load(asked: AskedRevision, protocol: Protocol, sizes: dict[str, ImageSize]) -> Load:
    """One request counts for all of a problem: they show the same panels in another order."""
    if not asked.variants:
        return Load()
    request = request_for(asked.content, protocol, asked.variants[0])
    if request is None:
        return Load()
    return load_of(request.prompt, sizes, protocol.max_tokens) * len(asked.variants)


def _sizes(batch: list[AskedRevision]) -> dict[str, ImageSize]:
    """Of every image that may be sent, by its hash; one query."""
    panels = [asked.content.query for asked in batch]
    panels += [
        example.panel for asked in batch for one in asked.variants[:1] for example in one.shown
    ]
    hashes = {panel.image.sha256 for panel in panels if panel.image is not None}
    rows = Image.objects.filter(sha256__in=hashes).values_list(
        "sha256", "byte_size", "width", "height"
    )
    return {
        sha256: ImageSize(byte_size=byte_size, width=width, height=height)
        for sha256, byte_size, width, height in rows
    }


def _price(stated: Decimal | None) -> float | None:
    return None if stated is None else float(stated)


def _seconds_per_answer(endpoint: ModelEndpoint) -> float | None:
    """The mean of the endpoint's last run; None before the first answer."""
    last = endpoint.runs.order_by("-pk").first()
    if last is None:
        return None
    timed = Prediction.objects.of_run(last.pk).filter(latency_ms__isnull=False)
    rows = Prediction.objects.filter(pk__in=timed.values("pk")[:_ANSWERS_FOR_THE_PACE])
    mean = rows.aggregate(mean=Avg("latency_ms"))["mean"]
    return mean / 1000 if mean is not None else None
