"""From a problem to a request, and from a completion to what is recorded of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from curation.domain.content import ProblemContent
from evaluation.clients.contract import Completion, Failure, Request
from evaluation.domain.choices import Choices, choices_for
from evaluation.domain.outcomes import Outcome, outcome_of
from evaluation.domain.parsing import parse_choice, parse_open
from evaluation.domain.prompting import PromptError, build_prompt
from evaluation.domain.protocol import AnswerForm, Protocol
from evaluation.domain.scoring import SCORERS, AnsweredQuery, Judgement

# Which scorers judge an answer of each form; a new one is a word here and a line in SCORERS.
SCORERS_OF: Mapping[AnswerForm, tuple[str, ...]] = MappingProxyType(
    {
        AnswerForm.OPEN: ("exact_match",),
        AnswerForm.MULTIPLE_CHOICE: ("multiple_choice",),
    }
)
LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How one prediction ends: its columns, and its scores by scorer."""

    columns: Mapping[str, Any]
    scores: Mapping[str, Judgement] = field(default_factory=dict)


def request_for(content: ProblemContent, protocol: Protocol) -> Request | None:
    """What is to be asked, None where this problem cannot be asked this way."""
    try:
        prompt = build_prompt(content, protocol)
    except PromptError:
        return None
    return Request(prompt=prompt, content=content, protocol=protocol)


def asked_choices(content: ProblemContent, protocol: Protocol) -> Choices | None:
    """The options with the letters that the protocol's seed draws; None in open form."""
    if protocol.answer_form is AnswerForm.OPEN:
        return None
    return choices_for(content, protocol.seed)


def choices_json(choices: Choices | None) -> dict[str, Any] | None:
    """What a prediction records of its options."""
    if choices is None:
        return None
    return {
        "letters": list(choices.letters),
        "options": list(choices.options),
        "correct_letter": choices.correct_letter,
        "accepted_variants": list(choices.accepted_variants),
    }


def ending_of(request: Request, completion: Completion) -> Ending:
    """Read a completion, decide its outcome and, where the model answered, score it."""
    choices = asked_choices(request.content, request.protocol)
    parsed, pattern = _read(completion.text, choices)
    outcome = outcome_of(
        completion.text,
        parsed,
        finish_reason=completion.finish_reason,
        is_refused_by_provider=completion.is_refused,
    )
    received = completion.images_received
    columns = {
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
        "finish_reason": completion.finish_reason,
        "served_model": completion.served_model,
        "error": "",
    }
    scores = _scores(request, parsed or None, choices) if outcome.is_answer else {}
    return Ending(columns=columns, scores=scores)


def ending_of_failure(failure: Failure) -> Ending:
    """A failed call is an outcome of its own, never a wrong answer: it has no score."""
    columns = {
        "outcome": Outcome.ERROR.value,
        "error": failure.reason[:LONGEST_ERROR],
        "http_status": failure.http_status,
        "latency_ms": failure.latency_ms,
    }
    return Ending(columns=columns)


def _read(text: str, choices: Choices | None) -> tuple[str, str]:
    if choices is None:
        return parse_open(text), ""
    read = parse_choice(text, choices)
    return read.letter or "", read.pattern


def _scores(request: Request, parsed: str | None, choices: Choices | None) -> dict[str, Judgement]:
    query = request.content.query
    answered = AnsweredQuery(
        parsed=parsed,
        answer=query.answer,
        accepted_variants=query.accepted_variants,
        choices=choices,
    )
    names = SCORERS_OF[request.protocol.answer_form]
    return {name: SCORERS[name](answered) for name in names}
