"""Protocols that differ in one thing: what a run is set beside to see what that thing does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from evaluation.domain.arms import Noise, NoisePosition, Order, Shots
from evaluation.domain.protocol import Protocol

ZERO_SHOT = "zero_shot"
WITHOUT_NOISE = "without_noise"

_ORDERS: Mapping[Order, str] = MappingProxyType(
    {
        Order.AUTHORED: "examples as authored",
        Order.PERMUTATIONS: "all orders of the examples",
        Order.MATCHING_FIRST: "matching example first",
        Order.MATCHING_LAST: "matching example last",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """What differs, by name and in words, and the protocol that is the same but for it."""

    name: str
    label: str
    protocol: Protocol


def twins_of(protocol: Protocol) -> tuple[Twin, ...]:
    """The protocols that differ from this one in the examples, the noise or the order alone.

    Seed, decoding and everything else are the same. Where examples cannot be left out without
    changing something else (foreign examples, an order by the match), there is no such twin.
    """
    return (*_without_examples(protocol), *_without_noise(protocol), *_in_other_orders(protocol))


def _without_examples(protocol: Protocol) -> tuple[Twin, ...]:
    is_plain = protocol.noise is Noise.NONE and not protocol.order.is_by_match
    if protocol.shots is Shots.NONE or not is_plain:
        return ()
    twin = replace(protocol, shots=Shots.NONE, shot_count=0)
    return (Twin(name=ZERO_SHOT, label="no examples", protocol=twin),)


def _without_noise(protocol: Protocol) -> tuple[Twin, ...]:
    if protocol.noise is Noise.NONE:
        return ()
    twin = replace(protocol, noise=Noise.NONE, noise_count=0, noise_position=NoisePosition.LAST)
    return (Twin(name=WITHOUT_NOISE, label="no foreign examples", protocol=twin),)


def _in_other_orders(protocol: Protocol) -> tuple[Twin, ...]:
    if protocol.shots is Shots.NONE:
        return ()
    return tuple(
        Twin(name=f"order_{order}", label=label, protocol=replace(protocol, order=order))
        for order, label in _ORDERS.items()
        if order is not protocol.order
    )
