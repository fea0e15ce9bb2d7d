"""What an editor fills in to start a run: a preset, and what is to be otherwise."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from django import forms

from curation.models import Release
from evaluation.domain.arms import (
    AnswerForm,
    Input,
    Noise,
    NoisePosition,
    Order,
    Reasoning,
    Shots,
)
from evaluation.domain.protocol import DEFAULT_SEED, PRESETS, Protocol
from evaluation.domain.wording import in_words
from evaluation.models import ModelEndpoint

_AS_PRESET = "as the preset says"
_ARM_WORDS: Mapping[StrEnum, str] = MappingProxyType(
    {
        Shots.NONE: "none: the query alone",
        Shots.ALL: "all",
        Shots.FIRST: "the first ones",
        Input.FULL: "all images and words",
        Input.NO_IMAGES: "the words alone",
        Input.NO_QUERY_IMAGE: "all but the query's image",
        AnswerForm.OPEN: "in the model's own words",
        AnswerForm.MULTIPLE_CHOICE: "multiple choice, by letter",
        AnswerForm.RANKED_LETTERS: "the most likely letter (needs log-probabilities)",
        AnswerForm.RANKED_TEXTS: "the most likely option (needs those of the prompt, as of vLLM)",
        Order.AUTHORED: "as authored",
        Order.PERMUTATIONS: "all orders, as in the permuted set",
        Order.MATCHING_FIRST: "the example with the query's answer first",
        Order.MATCHING_LAST: "the example with the query's answer last",
        Noise.NONE: "none",
        Noise.RANDOM: "of any other problem",
        Noise.SAME_SPECIALTY: "of other problems of the same specialty",
        NoisePosition.FIRST: "before the problem's own",
        NoisePosition.LAST: "after the problem's own",
        NoisePosition.DRAWN: "anywhere among them",
        Reasoning.AT_ONCE: "at once",
        Reasoning.STEP_BY_STEP: "after thinking step by step",
    }
)
_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "With examples and without": tuple(PRESETS)[:4],
        "In all orders of the examples (“++”)": tuple(PRESETS)[4:8],
        "Foreign examples": ("noise_random", "noise_same_specialty"),
        "The matching example first or last": tuple(PRESETS)[10:14],
        "Thinking first, and words alone": ("chain_of_thought", "text_only"),
    }
)


def _arm(kind: type[StrEnum], label: str) -> forms.ChoiceField:
    choices = [("", _AS_PRESET), *((arm.value, _ARM_WORDS[arm]) for arm in kind)]
    return forms.ChoiceField(choices=choices, required=False, label=label)


def _whole(low: int, high: int, label: str, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        min_value=low, max_value=high, required=False, label=label, help_text=help_text
    )


class RunForm(forms.Form):
    """Which endpoint is asked what, and how. What stays empty is as the preset says."""

    release = forms.ModelChoiceField(Release.objects.published(), empty_label=None)
    endpoint = forms.ModelChoiceField(ModelEndpoint.objects.active(), empty_label=None)
    protocol = forms.ChoiceField(
        choices=[
            (group, [(name, PRESETS[name].label) for name in names])
            for group, names in _GROUPS.items()
        ],
        widget=forms.RadioSelect,
    )

    shots = _arm(Shots, "Examples shown")
    shot_count = _whole(1, 100, "How many first ones")
    order = _arm(Order, "Their order")
    noise = _arm(Noise, "Foreign examples")
    noise_count = _whole(1, 10, "How many foreign ones")
    noise_position = _arm(NoisePosition, "Where they stand")
    input = _arm(Input, "What is sent")
    answer_form = _arm(AnswerForm, "The answer")
    reasoning = _arm(Reasoning, "It is given")
    repeats = _whole(1, 100, "How often each is asked", "More than once needs a temperature.")
    temperature = forms.FloatField(
        min_value=0, max_value=2, required=False, label="Temperature", help_text="0 unless said."
    )
    max_tokens = _whole(1, 1_000_000, "Token limit", "Of one answer, thoughts included.")
    seed = forms.IntegerField(
        min_value=0,
        max_value=2**63 - 1,
        initial=DEFAULT_SEED,
        help_text="Decides everything random: letters, foreign examples, repeats.",
    )
    system_text = forms.CharField(
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 2}),
        label="System text",
        help_text="Instead of the usual one.",
    )
    is_without_system_text = forms.BooleanField(required=False, label="Send no system text")

    asked: Protocol
    """What is asked, once the form is valid."""

    def clean(self) -> dict[str, Any]:
        """Refuse arms that contradict each other."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("shots") == Shots.FIRST and not cleaned.get("shot_count"):
            self.add_error("shot_count", "Say how many of the first examples are shown.")
        elif "protocol" in cleaned and "seed" in cleaned:
            try:
                self.asked = Protocol.from_json(self._document(cleaned))
            except ValueError as error:
                self.add_error(None, str(error))
        return cleaned

    def _document(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        changes = {
            name: cleaned[name]
            for name in Protocol.__dataclass_fields__
            if cleaned.get(name) not in {None, ""}
        }
        document: dict[str, Any] = PRESETS[cleaned["protocol"]].to_json() | changes
        if cleaned.get("is_without_system_text"):
            document["system_text"] = ""
        return _coherent(document)

    @property
    def preset_groups(self) -> list[tuple[str, list[tuple[str, str, str]]]]:
        """Each group's name, and of each of its presets name, label and sentences."""
        return [
            (group, [(name, PRESETS[name].label, in_words(PRESETS[name])) for name in names])
            for group, names in _GROUPS.items()
        ]

    @property
    def chosen_preset(self) -> str:
        """The preset that is marked."""
        return str(self["protocol"].value() or "")

    @property
    def more_choices(self) -> list[forms.BoundField]:
        """The fields that change what a preset says."""
        main = {"release", "endpoint", "protocol"}
        return [field for field in self if field.name not in main]

    @property
    def has_more_choices(self) -> bool:
        """Whether one of them was filled in, or is wrong."""
        return self.is_bound and any(
            field.errors or str(field.value() or "0") != "0" for field in self.more_choices
        )


def _coherent(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing where there is no noise, or where not the first are shown."""
    if document.get("noise", "none") == "none":
        document = {k: v for k, v in document.items() if k not in {"noise_count", "noise_position"}}
    else:
        document = {"noise_count": 1, **document}
    if document["shots"] != "first":
        document = {k: v for k, v in document.items() if k != "shot_count"}
    return document
