"""Baselines as clients: they answer at once, from the examples or the choices alone."""

import asyncio
from collections.abc import Callable
from functools import lru_cache

from curation.domain.content import ProblemContent
from evaluation.clients.contract import Completion, Failure, Request
from evaluation.clients.images import ReadImage
from evaluation.domain.arms import Reasoning
from evaluation.domain.baselines import (
    last_example_answer,
    majority_example_answer,
    random_example_answer,
    random_letter,
)
from evaluation.domain.image_features import UnreadableImageError, image_features, most_alike
from evaluation.domain.prompting import ImagePart

_REMEMBERED_IMAGES = 10_000  # features of 320 numbers: some 80 MB at most

type Baseline = Callable[[ProblemContent, int], str]
"""Picks an example's answer, given the seed."""


def random_example(content: ProblemContent, seed: int) -> str:
    """The answer of one example, drawn from the seed."""
    return random_example_answer(content, seed)


def majority_example(content: ProblemContent, _seed: int) -> str:
    """The answer most examples have."""
    return majority_example_answer(content)


def last_example(content: ProblemContent, _seed: int) -> str:
    """The answer of the example that stands next to the query."""
    return last_example_answer(content)


class BaselineClient:
    """Answers every request with what one baseline picks, in the form the prompt asks for."""

    def __init__(self, name: str, baseline: Baseline) -> None:
        self._name = name
        self._baseline = baseline

    async def complete(self, request: Request) -> Completion | Failure:
        """An example's answer; a failure where there is no example."""
        if not request.shown:
            return _WITHOUT_EXAMPLES
        answer = self._baseline(request.content_as_shown, request.seed)
        return Completion(text=_in_asked_form(answer, request), served_model=self._name)


class MostAlikeClient:
    """Answers with the answer of the example whose image is most like the query's."""

    def __init__(self, name: str, read: ReadImage) -> None:
        self._name = name
        self._read = read
        # The same image stands in many requests, and in all orders of a problem.
        self._features = lru_cache(_REMEMBERED_IMAGES)(self._computed)

    async def complete(self, request: Request) -> Completion | Failure:
        """An example's answer; a failure without examples or where an image cannot be read."""
        if not request.shown:
            return _WITHOUT_EXAMPLES
        images = [panel.image for panel in request.content_as_shown.panels]
        parts = [ImagePart(one.sha256, one.media_type) for one in images if one is not None]
        try:
            features = [await asyncio.to_thread(self._features, part) for part in parts]
        except (OSError, UnreadableImageError):
            return Failure(reason="A stored image is missing or damaged.")
        nearest = request.shown[most_alike(features[-1], features[:-1])].panel
        return Completion(text=_in_asked_form(nearest.answer, request), served_model=self._name)

    def _computed(self, part: ImagePart) -> tuple[float, ...]:
        return image_features(self._read(part))


class RandomChoiceClient:
    """Answers with a letter, each as likely as the next."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def complete(self, request: Request) -> Completion | Failure:
        """A letter drawn from the seed; a failure where there is nothing to choose among."""
        choices = request.prompt.choices
        if choices is None:
            return Failure(reason="This baseline chooses among letters; here there are none.")
        letter = random_letter(choices, request.content.problem_id, request.seed)
        return Completion(text=f"<answer>{letter}</answer>", served_model=self._name)


_WITHOUT_EXAMPLES = Failure(reason="A baseline answers as an example does; here it is shown none.")


def _in_asked_form(answer: str, request: Request) -> str:
    choices = request.prompt.choices
    letter = choices.letter_of(answer) if choices else None
    is_tagged = letter is not None or request.protocol.reasoning is Reasoning.STEP_BY_STEP
    return f"<answer>{letter or answer}</answer>" if is_tagged else answer
