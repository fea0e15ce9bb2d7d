"""What is asked of a model: the part of a run that a paper's methods section would state."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

DEFAULT_SEED = 0

DEFAULT_SYSTEM_TEXT = (
    "You are an experienced physician. Each question is about the medical image sent with it."
)


class Shots(StrEnum):
    """How many of a problem's examples are shown before its query."""

    NONE = "none"
    ALL = "all"


class Input(StrEnum):
    """What of a problem's images is sent; the words are always sent."""

    FULL = "full"
    NO_IMAGES = "no_images"
    NO_QUERY_IMAGE = "no_query_image"


class AnswerForm(StrEnum):
    """Whether the model writes its answer or picks one of the choices."""

    OPEN = "open"
    MULTIPLE_CHOICE = "multiple_choice"


_SHOTS_LABELS = {Shots.NONE: "0-shot", Shots.ALL: "in-context"}
_FORM_LABELS = {AnswerForm.OPEN: "open", AnswerForm.MULTIPLE_CHOICE: "multiple choice"}
_INPUT_LABELS = {
    Input.FULL: "",
    Input.NO_IMAGES: ", without images",
    Input.NO_QUERY_IMAGE: ", without the query's image",
}


# The fields of the format's first release, stated in every JSON. Never add to them: see Protocol.
_ALWAYS_STATED = frozenset(
    {"shots", "answer_form", "seed", "temperature", "max_tokens", "system_text"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One way of asking. ``seed`` decides everything random; an empty ``system_text`` sends none.

    ``temperature`` is in [0, 2], ``max_tokens`` bounds the completion. Raises ValueError, saying
    what to change, for a value outside its range.

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

    def __post_init__(self) -> None:
        _check_member(Shots, self.shots, "shots")
        _check_member(AnswerForm, self.answer_form, "answer_form")
        _check_member(Input, self.input, "input")
        _check_whole_number(self.seed, "seed", 0, 2**63 - 1)
        _check_whole_number(self.max_tokens, "max_tokens", 1, 1_000_000)
        _check_temperature(self.temperature)
        if type(self.system_text) is not str:
            raise ValueError("system_text must be a text; leave it empty to send none.")

    @property
    def label(self) -> str:
        """Short words for tables, such as "0-shot, open"."""
        shots, form = _SHOTS_LABELS[self.shots], _FORM_LABELS[self.answer_form]
        return f"{shots}, {form}{_INPUT_LABELS[self.input]}"

    def to_json(self) -> dict[str, Any]:
        """Plain values under the fields' names; what :meth:`from_json` reads."""
        document = {
            **asdict(self),
            "shots": self.shots.value,
            "answer_form": self.answer_form.value,
            "temperature": float(self.temperature),
            "input": self.input.value,
        }
        defaults = {field.name: field.default for field in fields(self)}
        return {
            name: value
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
        return cls(
            **{
                **document,
                "shots": _member(Shots, document["shots"], "shots"),
                "answer_form": _member(AnswerForm, document["answer_form"], "answer_form"),
                "input": _member(Input, document.get("input", Input.FULL), "input"),
            }
        )

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


PRESETS: Mapping[str, Protocol] = MappingProxyType(
    {
        "zero_shot_open": Protocol(
            shots=Shots.NONE, answer_form=AnswerForm.OPEN, seed=DEFAULT_SEED
        ),
        "in_context_open": Protocol(
            shots=Shots.ALL, answer_form=AnswerForm.OPEN, seed=DEFAULT_SEED
        ),
        "zero_shot_multiple_choice": Protocol(
            shots=Shots.NONE, answer_form=AnswerForm.MULTIPLE_CHOICE, seed=DEFAULT_SEED
        ),
        "in_context_multiple_choice": Protocol(
            shots=Shots.ALL, answer_form=AnswerForm.MULTIPLE_CHOICE, seed=DEFAULT_SEED
        ),
    }
)
"""The paper's two by two arms, by the names that pages and commands use."""
