"""From an endpoint's row to the client that answers for it. A new kind is a line in CLIENTS."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import MappingProxyType

from django.conf import settings
from django.core.files.storage import storages

from curation.models import Image
from evaluation.clients.address import Address, checked_base_url
from evaluation.clients.baseline import (
    Baseline,
    BaselineClient,
    MostAlikeClient,
    RandomChoiceClient,
    last_example,
    majority_example,
    random_example,
)
from evaluation.clients.contract import Client, MissingKeyError
from evaluation.clients.images import EncodedImages
from evaluation.clients.openai_compatible import open_openai_compatible
from evaluation.clients.ranking import RankingClient
from evaluation.domain.fitting import ImageRule
from evaluation.domain.prompting import ImagePart
from evaluation.models import EndpointKind, ModelEndpoint

type Open = Callable[[ModelEndpoint], AbstractAsyncContextManager[Client]]


def open_client(endpoint: ModelEndpoint) -> AbstractAsyncContextManager[Client]:
    """A client for the event loop it is entered in; AddressError where it may not be called."""
    return CLIENTS[EndpointKind(endpoint.kind)](endpoint)


def stored_image(part: ImagePart) -> bytes:
    """The bytes of an image as stored."""
    name = Image(sha256=part.sha256, media_type=part.media_type).storage_name
    with storages["images"].open(name) as file:
        content: bytes = file.read()
    return content


# One for all runs of a process: what one shard has encoded, the next need not.
IMAGES = EncodedImages(stored_image)


def required_key(variable: str) -> str:
    """The key under this name, none for no name; MissingKeyError where it is not set."""
    if not variable:
        return ""
    key = settings.FIND_MODEL_KEY(variable)
    if not key:
        raise MissingKeyError(f"Set the environment variable {variable} where the workers run.")
    return key


@asynccontextmanager
async def _ranking(opened: AbstractAsyncContextManager[Client]) -> AsyncIterator[Client]:
    async with opened as client:
        yield RankingClient(client)


def _openai_compatible(endpoint: ModelEndpoint) -> AbstractAsyncContextManager[Client]:
    address = Address(
        # Checked again: the operator's list may be newer than the endpoint.
        base_url=checked_base_url(endpoint.base_url, settings.MODEL_HOSTS),
        model=endpoint.model,
        timeout_seconds=endpoint.timeout_seconds,
        image_rule=ImageRule(max_side=endpoint.max_image_side, max_bytes=endpoint.max_image_bytes),
    )
    variable = endpoint.key_variable
    return _ranking(open_openai_compatible(address, lambda: required_key(variable), IMAGES))


def _baseline(name: str, pick: Baseline) -> Open:
    return _without_network(lambda: BaselineClient(name, pick))


def _without_network(make: Callable[[], Client]) -> Open:
    @asynccontextmanager
    async def open_baseline(_: ModelEndpoint) -> AsyncIterator[Client]:
        yield make()

    return open_baseline


CLIENTS: Mapping[EndpointKind, Open] = MappingProxyType(
    {
        EndpointKind.OPENAI_COMPATIBLE: _openai_compatible,
        EndpointKind.RANDOM_EXAMPLE: _baseline("random-example-answer", random_example),
        EndpointKind.MAJORITY_EXAMPLE: _baseline("majority-example-answer", majority_example),
        EndpointKind.LAST_EXAMPLE: _baseline("last-example-answer", last_example),
        EndpointKind.MOST_ALIKE_EXAMPLE: _without_network(
            lambda: MostAlikeClient("most-alike-example-answer", stored_image)
        ),
        EndpointKind.RANDOM_CHOICE: _without_network(lambda: RandomChoiceClient("random-choice")),
    }
)
