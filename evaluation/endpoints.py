"""Setting up how models are reached."""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from curation.errors import InvalidContentError, WrongMomentError
from curation.models import HistoryEntry, User, What
from evaluation.clients.address import AddressError, checked_base_url
from evaluation.models import EndpointKind, ModelEndpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointFacts:
    """What an editor says of an endpoint. A baseline has neither address, model nor key."""

    name: str
    kind: EndpointKind
    base_url: str = ""
    model: str = ""
    key_variable: str = ""
    max_concurrency: int = 8
    timeout_seconds: int = 120
    weights: str = ""
    is_medical: bool = False
    billion_parameters: Decimal | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    input_price_per_million: Decimal | None = None
    output_price_per_million: Decimal | None = None
    max_image_side: int | None = None
    max_image_bytes: int | None = None
    is_active: bool = True
    is_open_to_authors: bool = False


_AS_GIVEN = (
    "max_concurrency",
    "timeout_seconds",
    "weights",
    "is_medical",
    "billion_parameters",
    "requests_per_minute",
    "tokens_per_minute",
    "input_price_per_million",
    "output_price_per_million",
    "max_image_side",
    "max_image_bytes",
    "is_active",
    "is_open_to_authors",
)


@transaction.atomic
def create_endpoint(facts: EndpointFacts, *, by: User) -> ModelEndpoint:
    """A new endpoint; InvalidContentError says what to change."""
    endpoint = ModelEndpoint(created_by=by)
    _take(endpoint, facts)
    _save(endpoint)
    _record(What.ENDPOINT_ADDED, endpoint, by=by)
    return endpoint


@transaction.atomic
def update_endpoint(endpoint: ModelEndpoint, facts: EndpointFacts, *, by: User) -> ModelEndpoint:
    """Change an endpoint. A changed address never inherits the key: it must be named anew.

    With a new address the old key's variable is cleared, whether it was given or not; naming it
    for the new address is a change of its own. InvalidContentError says what to change,
    WrongMomentError what has to end first.
    """
    stored = ModelEndpoint.objects.locked(endpoint.pk)
    is_same_model = (stored.kind, stored.model) == (facts.kind, facts.model.strip())
    if not is_same_model and (stored.runs.exists() or stored.trials.exists()):
        raise WrongMomentError("This model was asked already. Set up a new endpoint for another.")
    old_address, old_variable = stored.base_url, stored.key_variable
    _take(stored, facts)
    if stored.base_url != old_address:
        if stored.runs.unfinished().exists():
            raise WrongMomentError("A run is using this address. Cancel it or wait for its end.")
        if stored.key_variable == old_variable:
            stored.key_variable = ""
    _save(stored)
    if (stored.base_url, stored.key_variable) != (old_address, old_variable):
        _record(What.ENDPOINT_CHANGED, stored, by=by)
    return stored


def _record(what: What, endpoint: ModelEndpoint, *, by: User) -> None:
    """Enter where its key goes: the key's name, never the key."""
    HistoryEntry.objects.record(
        what,
        by=by,
        subject=endpoint,
        name=endpoint.name,
        address=endpoint.base_url,
        key_variable=endpoint.key_variable,
    )


def _take(endpoint: ModelEndpoint, facts: EndpointFacts) -> None:
    if facts.kind is EndpointKind.IMPORTED:
        raise InvalidContentError(
            "Predictions made elsewhere come by manage.py import_predictions; nothing is set up."
        )
    endpoint.name = facts.name.strip()
    endpoint.kind = facts.kind
    endpoint.model = facts.model.strip()
    endpoint.key_variable = facts.key_variable.strip()
    for name in _AS_GIVEN:
        setattr(endpoint, name, getattr(facts, name))
    endpoint.base_url = facts.base_url.strip()
    if endpoint.base_url:
        try:
            endpoint.base_url = checked_base_url(facts.base_url, settings.MODEL_HOSTS)
        except AddressError as error:
            raise InvalidContentError(str(error)) from None


def _save(endpoint: ModelEndpoint) -> None:
    is_complete = bool(endpoint.base_url) and bool(endpoint.model)
    is_empty = not (endpoint.base_url or endpoint.model or endpoint.key_variable)
    if endpoint.is_baseline and not is_empty:
        raise InvalidContentError("A baseline has no address, model or key; leave them empty.")
    if not endpoint.is_baseline and not is_complete:
        raise InvalidContentError("A model needs an address and its name at that address.")
    try:
        endpoint.full_clean()
    except ValidationError as error:
        raise InvalidContentError(" ".join(error.messages)) from None
    endpoint.save()
