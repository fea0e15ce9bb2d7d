"""What every client takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from typing import Protocol as Interface

from curation.domain.content import ProblemContent
from evaluation.domain.prompting import Prompt
from evaluation.domain.protocol import Protocol
from evaluation.domain.randomness import drawn
from evaluation.domain.ranking import OptionLikelihood, TokenLikelihood
from evaluation.domain.showing import ShownExample


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One query to be answered. A model is sent ``prompt`` alone.

    ``content``, and the examples ``shown`` in their order, are for baselines and scorers.
    ``settings`` stand in the body beside those of the protocol, or in place of them.
    """

    prompt: Prompt
    content: ProblemContent
    protocol: Protocol
    shown: tuple[ShownExample, ...] = ()
    repeat: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seed(self) -> int:
        """The protocol's seed for the first repeat, another of 31 bits for each that follows."""
        seed = self.protocol.seed
        return drawn(seed, "repeat", str(self.repeat)) >> (256 - 31) if self.repeat else seed

    @property
    def content_as_shown(self) -> ProblemContent:
        """The query with the examples that are shown before it, foreign ones among them."""
        panels = (*(example.panel for example in self.shown), self.content.query)
        return replace(self.content, panels=panels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What came back. Hashes are SHA-256 of the images' bytes, in the order of the prompt.

    ``images_received`` is what the server says has arrived, None where it says nothing. What it
    says of the likelihood of tokens is empty where it was not asked or does not tell:
    ``next_tokens`` are the most likely first ones of the answer, ``prompt_tokens`` those that were
    sent. ``likelihoods`` are what was made of them.
    """

    text: str
    images_sent: tuple[str, ...] = ()
    images_received: tuple[str, ...] | None = None
    is_refused: bool = False
    finish_reason: str = ""
    served_model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    http_status: int | None = None
    latency_ms: int = 0
    request_id: str = ""
    next_tokens: tuple[TokenLikelihood, ...] = ()
    prompt_tokens: tuple[TokenLikelihood, ...] = ()
    likelihoods: tuple[OptionLikelihood, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why nothing came back, in words without keys and addresses.

    ``is_retryable`` says that the same request may succeed later, ``is_of_endpoint`` that every
    other request would fail alike. ``retry_after`` is the server's wish in seconds. ``reply_head``
    is how the reply began, ``request_id`` what the server calls this request in its own logs.
    """

    reason: str
    is_retryable: bool = False
    is_of_endpoint: bool = False
    retry_after: float | None = None
    http_status: int | None = None
    latency_ms: int = 0
    reply_head: str = ""
    request_id: str = ""

    @property
    def is_of_server(self) -> bool:
        """Whether the server as a whole may be away: it broke, or said nothing."""
        is_broken = self.http_status is None or self.http_status >= 500
        return self.is_retryable and is_broken


class MissingKeyError(Exception):
    """The variable that should hold an endpoint's key is not set; the message names it."""


class Client(Interface):
    """Answers requests, many at once. A failure is returned, never raised."""

    async def complete(self, request: Request) -> Completion | Failure:
        """The answer, or why there is none."""
        ...
