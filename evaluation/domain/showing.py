"""Which examples a prompt shows and in which order: what tells a problem's predictions apart.

First the shots: none, all, or the first k as authored (a problem with fewer is left out). Then
their order. Then the foreign examples of :mod:`evaluation.domain.noise`, put among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from curation.domain.content import PanelContent, ProblemContent
from curation.domain.permutations import is_permuted, orders_of
from evaluation.domain.arms import NoisePosition, Order, Shots
from evaluation.domain.protocol import Protocol
from evaluation.domain.randomness import drawn
from evaluation.domain.scoring.exact_match import matching_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownExample:
    """An example as a prompt shows it: number ``place``, from 0, of those of its ``home``."""

    home: ProblemContent
    place: int
    panel: PanelContent

    @classmethod
    def of(cls, home: ProblemContent, place: int) -> Self:
        """The example at this place; IndexError where its home has no such."""
        return cls(home=home, place=place, panel=home.examples[place])


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One of the ways in which a run asks a problem.

    ``order`` is the number of the order, from 0, as the permuted set counts them (from 1); under
    every other protocol there is one. ``repeat`` counts from 0.
    """

    shown: tuple[ShownExample, ...]
    order: int = 0
    repeat: int = 0


def variants_of(
    content: ProblemContent,
    protocol: Protocol,
    *,
    set_seed: int,
    foreign: Sequence[ShownExample] = (),
) -> tuple[Variant, ...]:
    """Every way in which a problem is asked; none where the protocol leaves it out.

    They come in the order of asking: what begins with the same examples stands together, for the
    server keeps what it has read of a prompt; repeats of one prompt follow each other.
    ``set_seed`` is the one of the release's permuted set, so that its very orders are asked.
    """
    own = [ShownExample.of(content, place) for place in range(len(content.examples))]
    numbered = enumerate(_orders(content, protocol, set_seed))
    return tuple(
        Variant(
            shown=_mixed(content, [own[place] for place in places], foreign, protocol),
            order=number,
            repeat=repeat,
        )
        for number, places in sorted(numbered, key=lambda one: one[1])
        for repeat in range(protocol.repeats)
    )


def as_authored(content: ProblemContent, protocol: Protocol) -> tuple[ShownExample, ...]:
    """The shots alone, neither reordered nor mixed with foreign examples."""
    return tuple(ShownExample.of(content, place) for place in _shots(content, protocol))


class Matcher:
    """Where the query's answer stands among examples; each example of a problem is compared once.

    Foreign examples count: who copies from them is right all the same.
    """

    def __init__(self, content: ProblemContent) -> None:
        self._content = content
        self._known: dict[tuple[str, int], bool] = {}

    def position(self, shown: Sequence[ShownExample]) -> int | None:
        """Where, from 1, the last example stands whose answer is the query's; None without one."""
        return next((at for at in range(len(shown), 0, -1) if self._is_match(shown[at - 1])), None)

    def _is_match(self, example: ShownExample) -> bool:
        key = (example.home.problem_id, example.place)
        if key not in self._known:
            self._known[key] = is_match(self._content, example.panel)
        return self._known[key]


def matching_position(content: ProblemContent, shown: Sequence[ShownExample]) -> int | None:
    """Where, from 1, the last example stands whose answer is the query's; None where none has it.

    Foreign examples count, as in :class:`Matcher`.
    """
    return Matcher(content).position(shown)


def is_match(content: ProblemContent, example: PanelContent) -> bool:
    """Whether an example's answer is the query's, or an accepted variant of it."""
    query = content.query
    return matching_answer(example.answer, query.answer, query.accepted_variants) is not None


def _shots(content: ProblemContent, protocol: Protocol) -> tuple[int, ...]:
    match protocol.shots:
        case Shots.NONE:
            return ()
        case Shots.ALL:
            return tuple(range(len(content.examples)))
        case Shots.FIRST:
            return tuple(range(protocol.shot_count))


def _orders(
    content: ProblemContent, protocol: Protocol, set_seed: int
) -> tuple[tuple[int, ...], ...]:
    """The places of the shown examples, once for each order."""
    examples, places = content.examples, _shots(content, protocol)
    if len(places) > len(examples):
        return ()
    match protocol.order:
        case Order.AUTHORED:
            return (places,)
        case Order.PERMUTATIONS:
            return _permuted(content, places, set_seed)
        case Order.MATCHING_FIRST | Order.MATCHING_LAST:
            matching = tuple(place for place in places if is_match(content, examples[place]))
            others = tuple(place for place in places if place not in matching)
            is_first = protocol.order is Order.MATCHING_FIRST
            ordered = matching + others if is_first else others + matching
            return (ordered,) if matching else ()


def _permuted(
    content: ProblemContent, places: tuple[int, ...], set_seed: int
) -> tuple[tuple[int, ...], ...]:
    """Without shots each order counts all the same, so that both arms ask the same set."""
    if not is_permuted(content):
        return ()
    orders = orders_of(content.problem_id, len(places or content.examples), set_seed)
    return orders if places else tuple(() for _ in orders)


def _mixed(
    content: ProblemContent,
    own: Sequence[ShownExample],
    foreign: Sequence[ShownExample],
    protocol: Protocol,
) -> tuple[ShownExample, ...]:
    match protocol.noise_position:
        case NoisePosition.FIRST:
            return (*foreign, *own)
        case NoisePosition.LAST:
            return (*own, *foreign)
        case NoisePosition.DRAWN:
            mixed = list(own)
            for number, example in enumerate(foreign):
                words = ("noise position", content.problem_id, str(number))
                mixed.insert(drawn(protocol.seed, *words) % (len(mixed) + 1), example)
            return tuple(mixed)
