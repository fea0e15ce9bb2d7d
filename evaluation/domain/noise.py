"""Foreign examples: drawn from the other problems of a release, the same ones every time."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from curation.domain.content import ProblemContent
from evaluation.domain.arms import AnswerForm, Noise
from evaluation.domain.choices import choices_for
from evaluation.domain.protocol import Protocol
from evaluation.domain.randomness import drawn

_ANY = ""


@dataclass(frozen=True, slots=True, order=True)
class ForeignExample:
    """Which example of which problem; ``place`` counts from 0."""

    problem_id: str
    place: int


class Pool:
    """The problems of a release to draw from: their ids and sizes, never their contents.

    Problems that cannot be asked as the protocol asks are none of them: under multiple choice a
    foreign example lists the options of its own problem.
    """

    def __init__(self, contents: Iterable[ProblemContent], protocol: Protocol) -> None:
        self._protocol = protocol
        self._is_by_specialty = protocol.noise is Noise.SAME_SPECIALTY
        self._sizes: dict[str, int] = {}
        grouped: dict[str, list[str]] = defaultdict(list)
        for content in contents:
            group = self._group(content)
            if group is not None and _is_showable(content, protocol):
                self._sizes[content.problem_id] = len(content.examples)
                grouped[group].append(content.problem_id)
        self._groups = {group: sorted(ids) for group, ids in grouped.items()}

    def drawn_for(self, content: ProblemContent) -> tuple[ForeignExample, ...] | None:
        """One example each of as many problems as the protocol says, none of them this one.

        Drawn from the seed and the problem's id; None where there are not enough others.
        """
        group = self._group(content)
        ids = self._groups.get(group, []) if group is not None else []
        others = len(ids) - (content.problem_id in self._sizes)
        if others < self._protocol.noise_count:
            return None
        found: dict[str, None] = {}
        attempt = 0
        while len(found) < self._protocol.noise_count:
            drawn_id = ids[self._draw("noise", content.problem_id, str(attempt)) % len(ids)]
            if drawn_id != content.problem_id:
                found[drawn_id] = None
            attempt += 1
        return tuple(self._example_of(other, content.problem_id) for other in found)

    def _example_of(self, other: str, problem_id: str) -> ForeignExample:
        place = self._draw("noise example", problem_id, other) % self._sizes[other]
        return ForeignExample(other, place)

    def _draw(self, *words: str) -> int:
        return drawn(self._protocol.seed, *words)

    def _group(self, content: ProblemContent) -> str | None:
        """What is drawn from: all, or one specialty; None for a problem that has none."""
        return (content.annotations.specialty or None) if self._is_by_specialty else _ANY


def _is_showable(content: ProblemContent, protocol: Protocol) -> bool:
    if not content.examples:
        return False
    is_open = protocol.answer_form is AnswerForm.OPEN
    return is_open or choices_for(content, protocol.seed) is not None
