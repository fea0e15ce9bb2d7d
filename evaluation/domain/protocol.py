"""What is asked of a model: the part of a run that a paper's methods section would state."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from evaluation.domain.arms import (
    AnswerForm,
    Input,
    Noise,
    NoisePosition,
    Order,
    Reasoning,
    Shots,
)

DEFAULT_SEED = 0
LONGEST_REASONED_ANSWER = 2048
"""Tokens that the presets allow who thinks first; a reply cut before its answer is lost."""

DEFAULT_SYSTEM_TEXT = (
    "You are an experienced physician. Each question is about the medical image sent with it."
)

# The fields of the format's first release, stated in every JSON. Never add to them: see Protocol.
_ALWAYS_STATED = frozenset(
    {"shots", "answer_form", "seed", "temperature", "max_tokens", "system_text"}
)
_KINDS: Mapping[str, type[StrEnum]] = MappingProxyType(
    {
        "shots": Shots,
        "answer_form": AnswerForm,
        "input": Input,
        "order": Order,
        "noise": Noise,
        "noise_position": NoisePosition,
        "reasoning": Reasoning,
    }
)
_RANGES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "seed": (0, 2**63 - 1),
        "max_tokens": (1, 1_000_000),
        "shot_count": (0, 100),
        "noise_count": (0, 10),
        "repeats": (1, 100),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One way of asking. ``seed`` decides everything random; an empty ``system_text`` sends none.

    ``temperature`` is in [0, 2], ``max_tokens`` bounds the completion. ``shot_count`` says how many
    the first examples are, ``noise_count`` how many are mixed in; each is 0 where none are. Raises
    ValueError, saying what to change, for a value outside its range and for what contradicts
    itself: two protocols that ask the same are equal.

    Runs are compared by the hash of the JSON, so a field added later must have the default that
    asks as before, and it is left out of the JSON while it has it: old hashes stay what they were.
    """

    shots: Shots
    answer_form: AnswerForm
    seed: int
    temperature: float = 0.0
    max_tokens: int = 512
    system_text: str = DEFAULT_SYSTEM_TEXT
    input: Input = Input.FULL
    shot_count: int = 0
    order: Order = Order.AUTHORED
    noise: Noise = Noise.NONE
    noise_count: int = 0
    noise_position: NoisePosition = NoisePosition.LAST
    reasoning: Reasoning = Reasoning.AT_ONCE
    repeats: int = 1

    def __post_init__(self) -> None:
        for name, kind in _KINDS.items():
            _check_member(kind, getattr(self, name), name)
        for name, (low, high) in _RANGES.items():
            _check_whole_number(getattr(self, name), name, low, high)
        _check_temperature(self.temperature)
        if type(self.system_text) is not str:
            raise ValueError("system_text must be a text; leave it empty to send none.")
        _check_examples(self)
        _check_noise(self)
        if self.answer_form.is_ranked and self.reasoning is not Reasoning.AT_ONCE:
            raise ValueError("Choices are ranked before anything is said; let it answer at once.")

    @property
    def label(self) -> str:
        """Short words for tables, such as "0-shot, open"."""
        return ", ".join(filter(None, (label(self) for label in _LABELS)))

    def to_json(self) -> dict[str, Any]:
        """Plain values under the fields' names; what :meth:`from_json` reads."""
        defaults = {field.name: field.default for field in fields(self)}
        document = asdict(self) | {"temperature": float(self.temperature)}
        return {
            name: value.value if isinstance(value, StrEnum) else value
            for name, value in document.items()
            if name in _ALWAYS_STATED or value != defaults[name]
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read :meth:`to_json` back; absent optional fields take their defaults.

        ValueError for an unknown or a missing field and for a value outside its range.
        """
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(document) - set(known)):
            raise ValueError(
                f"A protocol has no {', '.join(unknown)}; its fields are {', '.join(known)}."
            )
        if missing := sorted({"shots", "answer_form", "seed"} - set(document)):
            raise ValueError(f"A protocol must also state {', '.join(missing)}.")
        members = {
            name: _member(kind, document[name], name)
            for name, kind in _KINDS.items()
            if name in document
        }
        return cls(**{**document, **members})

    def sha256(self) -> str:
        """SHA-256 of the JSON with sorted keys, as 64 hexadecimal digits."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def labels_by_hash(protocols: Iterable[Protocol]) -> dict[str, str]:
    """The label of each protocol by its hash; equal ones get the seed, then the hash, as well."""
    by_hash = {protocol.sha256(): protocol for protocol in protocols}
    labels = {sha256: protocol.label for sha256, protocol in by_hash.items()}
    shared = _shared(labels)
    seeded = {
        sha256: f"{label}, seed {by_hash[sha256].seed}" if label in shared else label
        for sha256, label in labels.items()
    }
    shared = _shared(seeded)
    return {
        sha256: f"{label}, {sha256[:8]}" if label in shared else label
        for sha256, label in seeded.items()
    }


def _shared(labels: Mapping[str, str]) -> set[str]:
    return {label for label, count in Counter(labels.values()).items() if count > 1}


def _shots_label(protocol: Protocol) -> str:
    match protocol.shots:
        case Shots.NONE:
            return "0-shot"
        case Shots.ALL:
            return "in-context"
        case Shots.FIRST:
            return f"first {_counted(protocol.shot_count, 'example')}"


def _noise_label(protocol: Protocol) -> str:
    if protocol.noise is Noise.NONE:
        return ""
    same = " of the same specialty" if protocol.noise is Noise.SAME_SPECIALTY else ""
    places = {NoisePosition.DRAWN: "anywhere"}
    place = places.get(protocol.noise_position, protocol.noise_position.value)
    return f"{_counted(protocol.noise_count, 'foreign example')}{same} {place}"


_FORM_LABELS = {
    AnswerForm.OPEN: "open",
    AnswerForm.MULTIPLE_CHOICE: "multiple choice",
    AnswerForm.RANKED_LETTERS: "letters ranked",
    AnswerForm.RANKED_TEXTS: "options ranked",
}
_INPUT_LABELS = {
    Input.NO_IMAGES: "without images",
    Input.NO_QUERY_IMAGE: "without the query's image",
}
_ORDER_LABELS = {
    Order.PERMUTATIONS: "all orders",
    Order.MATCHING_FIRST: "matching example first",
    Order.MATCHING_LAST: "matching example last",
}
_LABELS = (
    _shots_label,
    lambda protocol: _FORM_LABELS[protocol.answer_form],
    lambda protocol: _INPUT_LABELS.get(protocol.input, ""),
    lambda protocol: _ORDER_LABELS.get(protocol.order, ""),
    _noise_label,
    lambda protocol: "step by step" if protocol.reasoning is Reasoning.STEP_BY_STEP else "",
    lambda protocol: f"asked {protocol.repeats} times" if protocol.repeats > 1 else "",
)


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'s' if count > 1 else ''}"


def _member[Member: StrEnum](kind: type[Member], value: Any, name: str) -> Member:
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"{name} must be one of {', '.join(kind)}, not {value!r}.") from None


def _check_member(kind: type[StrEnum], value: Any, name: str) -> None:
    if type(value) is not kind:
        raise ValueError(f"{name} must be of type {kind.__name__}: one of {', '.join(kind)}.")


def _check_whole_number(value: Any, name: str, low: int, high: int) -> None:
    # type() and not isinstance(): True is an int to Python, but nobody means it as a seed.
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}, not {value!r}.")


def _check_temperature(value: Any) -> None:
    if type(value) not in {int, float} or not math.isfinite(value) or not 0 <= value <= 2:
        raise ValueError(f"temperature must be a number from 0 to 2, not {value!r}.")


def _check_examples(protocol: Protocol) -> None:
    if (protocol.shots is Shots.FIRST) != (protocol.shot_count > 0):
        raise ValueError("shot_count says how many the first examples are, and is 0 for others.")
    if protocol.shots is not Shots.NONE:
        return
    if protocol.order.is_by_match or protocol.noise is not Noise.NONE:
        raise ValueError("Without examples none can stand first or last, or among foreign ones.")


def _check_noise(protocol: Protocol) -> None:
    is_noisy = protocol.noise is not Noise.NONE
    if is_noisy != (protocol.noise_count > 0):
        raise ValueError("noise_count says how many foreign examples there are; 0 without noise.")
    if not is_noisy and protocol.noise_position is not NoisePosition.LAST:
        raise ValueError("noise_position is only stated where there is noise.")


def _presets() -> dict[str, Protocol]:
    zero, full = (
        Protocol(shots=shots, answer_form=AnswerForm.OPEN, seed=DEFAULT_SEED)
        for shots in (Shots.NONE, Shots.ALL)
    )
    choice = AnswerForm.MULTIPLE_CHOICE
    main = {
        "zero_shot_open": zero,
        "in_context_open": full,
        "zero_shot_multiple_choice": replace(zero, answer_form=choice),
        "in_context_multiple_choice": replace(full, answer_form=choice),
    }
    permuted = {
        f"{name}_permuted": replace(p, order=Order.PERMUTATIONS) for name, p in main.items()
    }
    noisy = replace(full, noise=Noise.RANDOM, noise_count=1)
    orders = {
        f"{order.value}_{form.value}": replace(full, order=order, answer_form=form)
        for form in (AnswerForm.OPEN, choice)
        for order in (Order.MATCHING_FIRST, Order.MATCHING_LAST)
    }
    return {
        **main,
        **permuted,
        "noise_random": noisy,
        "noise_same_specialty": replace(noisy, noise=Noise.SAME_SPECIALTY),
        **orders,
        "chain_of_thought": replace(
            full, reasoning=Reasoning.STEP_BY_STEP, max_tokens=LONGEST_REASONED_ANSWER
        ),
        "text_only": replace(full, input=Input.NO_IMAGES),
    }


PRESETS: Mapping[str, Protocol] = MappingProxyType(_presets())
"""The paper's arms (Rieff et al. 2025), by the names that pages and commands use.

0-shot and in-context, open and multiple choice, on the problems and on all orders of their examples
("++"); foreign examples, at random or of the same specialty; the matching example first or last;
thinking first; and without images. Who answers without a model is an endpoint of its own kind.
"""
