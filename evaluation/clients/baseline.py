"""Baselines as clients: they answer at once, from the examples alone."""

from collections.abc import Callable

from curation.domain.content import ProblemContent
from evaluation.clients.contract import Completion, Failure, Request
from evaluation.domain.baselines import majority_example_answer, random_example_answer

type Baseline = Callable[[ProblemContent, int], str]
"""Picks an example's answer, given the seed."""


def random_example(content: ProblemContent, seed: int) -> str:
    """The answer of one example, drawn from the seed."""
    return random_example_answer(content, seed)


def majority_example(content: ProblemContent, _seed: int) -> str:
    """The answer most examples have."""
    return majority_example_answer(content)


class BaselineClient:
    """Answers every request with what one baseline picks, in the form the prompt asks for."""

    def __init__(self, name: str, baseline: Baseline) -> None:
        self._name = name
        self._baseline = baseline

    async def complete(self, request: Request) -> Completion | Failure:
        """An example's answer; a failure where there is no example."""
        if not request.content.examples:
            return Failure(reason="A baseline answers as an example does; here it is shown none.")
        answer = self._baseline(request.content, request.protocol.seed)
        return Completion(text=_in_asked_form(answer, request), served_model=self._name)


def _in_asked_form(answer: str, request: Request) -> str:
    choices = request.prompt.choices
    letter = choices.letter_of(answer) if choices else None
    return f"<answer>{letter}</answer>" if letter else answer
