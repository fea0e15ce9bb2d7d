"""Ranked choices over a chat API: what is asked for each option, what is read of the replies."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from evaluation.clients.contract import Client, Completion, Failure, Request
from evaluation.domain.arms import AnswerForm
from evaluation.domain.choices import Choices
from evaluation.domain.prompting import Prompt, Role, TextPart, Turn
from evaluation.domain.ranking import OptionLikelihood, letter_likelihoods, text_likelihood

_LETTERS: Mapping[str, Any] = MappingProxyType(
    {"max_tokens": 1, "logprobs": True, "top_logprobs": 20}
)
# As vLLM understands them: the option is the end of the prompt, and its tokens are told.
_TEXTS: Mapping[str, Any] = MappingProxyType(
    {
        "max_tokens": 1,
        "prompt_logprobs": 0,
        "add_generation_prompt": False,
        "continue_final_message": True,
    }
)
_NOT_GIVEN = Failure(
    reason="The server gives no log-probabilities; choose another form of the answer.",
    is_of_endpoint=True,
    http_status=200,
)
_NOT_SPELLED = Failure(
    reason="The server's tokens do not end with the option's text, so they cannot be told apart.",
    http_status=200,
)


class RankingClient:
    """Answers ranked choices by what another client is told of its tokens, the rest by that one."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def complete(self, request: Request) -> Completion | Failure:
        """The answer, with the likelihood of each option where the choices are to be ranked."""
        choices = request.prompt.choices
        match request.protocol.answer_form:
            case AnswerForm.RANKED_LETTERS if choices:
                return await self._by_letters(request, choices)
            case AnswerForm.RANKED_TEXTS if choices:
                return await self._by_texts(request, choices)
            case _:
                return await self._client.complete(request)

    async def _by_letters(self, request: Request, choices: Choices) -> Completion | Failure:
        reply = await self._client.complete(replace(request, settings=_LETTERS))
        if isinstance(reply, Failure):
            return reply
        if not reply.next_tokens:
            return _NOT_GIVEN
        likelihoods = letter_likelihoods(reply.next_tokens, choices.letters)
        return replace(reply, likelihoods=likelihoods)

    async def _by_texts(self, request: Request, choices: Choices) -> Completion | Failure:
        """One request after the other: together they are one question to the endpoint."""
        replies: list[Completion] = []
        likelihoods: list[OptionLikelihood] = []
        for letter in choices.letters:
            text = choices.text_of(letter)
            reply = await self._client.complete(_ending_with(text, request))
            if isinstance(reply, Failure):
                return reply
            if not reply.prompt_tokens:
                return _NOT_GIVEN
            likelihood = text_likelihood(reply.prompt_tokens, letter, text)
            if likelihood is None:
                return _NOT_SPELLED
            replies.append(reply)
            likelihoods.append(likelihood)
        return _together(replies, tuple(likelihoods))


def _ending_with(text: str, request: Request) -> Request:
    said = Turn(Role.ASSISTANT, (TextPart(text),))
    prompt = Prompt((*request.prompt.turns, said), request.prompt.choices)
    return replace(request, prompt=prompt, settings=_TEXTS)


def _together(replies: list[Completion], likelihoods: tuple[OptionLikelihood, ...]) -> Completion:
    return replace(
        replies[-1],
        text="",
        likelihoods=likelihoods,
        input_tokens=_sum([reply.input_tokens for reply in replies]),
        output_tokens=_sum([reply.output_tokens for reply in replies]),
        latency_ms=sum(reply.latency_ms for reply in replies),
    )


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
