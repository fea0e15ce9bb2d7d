"""From a problem to a request, and from a completion to what is recorded of it.

Where the contract of the clients meets the domain; no database is asked here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from curation.domain.content import ProblemContent
from evaluation.clients.contract import Completion, Failure, Request
from evaluation.domain.arms import Reasoning
from evaluation.domain.outcomes import Outcome, outcome_of
from evaluation.domain.parsing import parse_choice, parse_open, parse_reasoned
from evaluation.domain.prompting import PromptError, build_prompt
from evaluation.domain.protocol import Protocol
from evaluation.domain.ranking import by_mean, most_likely
from evaluation.domain.scoring import AnsweredQuery, ScoreValue, scorers_of
from evaluation.domain.showing import Variant, as_authored

LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How one prediction ends: its columns, and its scores by scorer."""

    columns: Mapping[str, Any]
    scores: Mapping[str, ScoreValue] = field(default_factory=dict)


def request_for(
    content: ProblemContent, protocol: Protocol, variant: Variant | None = None
) -> Request | None:
    """What is to be asked, the shots as authored where no ``variant`` says otherwise.

    None where this problem cannot be asked this way.
    """
    variant = variant or Variant(shown=as_authored(content, protocol))
    try:
        prompt = build_prompt(content, protocol, variant.shown)
    except PromptError:
        return None
    return Request(
        prompt=prompt,
        content=content,
        protocol=protocol,
        shown=variant.shown,
        repeat=variant.repeat,
    )


def request_as_planned(
    content: ProblemContent,
    protocol: Protocol,
    prompt_sha256: str,
    variant: Variant | None = None,
) -> Request | None:
    """The request whose prompt has the hash recorded at the planning.

    None where prompts were changed since, so that today's is not what was planned or sent.
    """
    try:
        request = request_for(content, protocol, variant)
    except ValueError:
        return None
    is_as_planned = request is not None and request.prompt.sha256() == prompt_sha256
    return request if is_as_planned else None


def ending_of(request: Request, completion: Completion) -> Ending:
    """Read a completion, decide its outcome and, where the model answered, score it."""
    parsed, pattern = _read(completion, request)
    outcome = outcome_of(
        completion.text,
        parsed,
        finish_reason=completion.finish_reason,
        is_refused_by_provider=completion.is_refused,
    )
    received = completion.images_received
    columns: dict[str, Any] = {
        "outcome": outcome.value,
        "completion": completion.text,
        "parsed": parsed,
        "parse_pattern": pattern,
        "images_sent": list(completion.images_sent),
        "images_received": None if received is None else list(received),
        "http_status": completion.http_status,
        "latency_ms": completion.latency_ms,
        "input_tokens": completion.input_tokens,
        "output_tokens": completion.output_tokens,
        "cached_tokens": completion.cached_tokens,
        "finish_reason": completion.finish_reason,
        "served_model": completion.served_model,
        "server_request_id": completion.request_id,
        "reply_head": "",
        "error": "",
    }
    if completion.likelihoods:
        columns["likelihoods_json"] = [option.to_json() for option in completion.likelihoods]
    scores = _scores(request, parsed or None, completion) if outcome.is_answer else {}
    return Ending(columns=columns, scores=scores)


def ending_of_failure(failure: Failure) -> Ending:
    """A failed call is an outcome of its own, never a wrong answer: it has no score."""
    columns = {
        "outcome": Outcome.ERROR.value,
        "error": failure.reason[:LONGEST_ERROR],
        "http_status": failure.http_status,
        "latency_ms": failure.latency_ms,
        "reply_head": failure.reply_head,
        "server_request_id": failure.request_id,
    }
    return Ending(columns=columns)


def _read(completion: Completion, request: Request) -> tuple[str, str]:
    """The answer, empty if there is none, and the pattern that told."""
    text = completion.text
    if request.protocol.answer_form.is_ranked:
        return most_likely(completion.likelihoods, by_mean) or "", "likelihood"
    if request.prompt.choices is not None:
        choice = parse_choice(text, request.prompt.choices)
        return choice.letter or "", choice.pattern
    if request.protocol.reasoning is Reasoning.STEP_BY_STEP:
        words = parse_reasoned(text)
        return words.text, words.pattern
    return parse_open(text), ""


def _scores(request: Request, parsed: str | None, completion: Completion) -> dict[str, ScoreValue]:
    query = request.content.query
    answered = AnsweredQuery(
        parsed=parsed,
        answer=query.answer,
        accepted_variants=query.accepted_variants,
        choices=request.prompt.choices,
        likelihoods=completion.likelihoods,
    )
    scorers = scorers_of(request.protocol.answer_form)
    return {name: scorer.score(answered) for name, scorer in scorers.items()}
