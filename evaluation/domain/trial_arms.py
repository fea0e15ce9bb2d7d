"""Trying a draft: the four ways in which its query is asked, so that they can be compared."""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from curation.domain.answers import normalize
from curation.domain.content import PanelContent, PanelRole, ProblemContent
from evaluation.domain.arms import AnswerForm, Input, Shots
from evaluation.domain.protocol import Protocol


class Arm(StrEnum):
    """One way of asking, in the order in which they are asked and shown."""

    ALONE = "alone"
    NO_IMAGE = "no_image"
    EXAMPLES = "examples"
    REVERSED = "reversed"

    @property
    def label(self) -> str:
        """What pages call it."""
        return _LABELS[self]

    @property
    def has_examples(self) -> bool:
        """Whether the examples are shown before the query."""
        return self in {Arm.EXAMPLES, Arm.REVERSED}


_LABELS: Mapping[Arm, str] = MappingProxyType(
    {
        Arm.ALONE: "Query alone",
        Arm.NO_IMAGE: "Query without its image",
        Arm.EXAMPLES: "With the examples",
        Arm.REVERSED: "With the examples in reverse order",
    }
)


def protocol_of(arm: Arm, seed: int) -> Protocol:
    """What is asked: in open form, for the choices would show the answer to the arms without it."""
    return Protocol(
        shots=Shots.ALL if arm.has_examples else Shots.NONE,
        answer_form=AnswerForm.OPEN,
        input=Input.NO_QUERY_IMAGE if arm is Arm.NO_IMAGE else Input.FULL,
        seed=seed,
    )


def content_of(arm: Arm, content: ProblemContent) -> ProblemContent:
    """What the arm may know of a problem: no examples, all of them, or all in reverse order."""
    examples = content.examples if arm.has_examples else ()
    if arm is Arm.REVERSED:
        examples = examples[::-1]
    return replace(content, panels=(*examples, content.query))


def what_is_missing(content: ProblemContent) -> tuple[str, ...]:
    """What has to be written before a model can be asked, in sentences; empty if nothing."""
    missing = [
        sentence
        for number, example in enumerate(content.examples, start=1)
        for sentence in _missing_of(example, f"Example {number}")
    ]
    if not content.examples:
        missing.append("Add an example: without one there is nothing to compare.")
    if len(content.queries) != 1:
        return (*missing, "Make one panel the query: it is what the model is asked.")
    return (*missing, *_missing_of(content.query, "The query"))


def _missing_of(panel: PanelContent, name: str) -> list[str]:
    found = {
        "an image": panel.image is not None,
        "a question": bool(panel.question.strip()),
        # One of dots alone is no answer: nothing is left of it to compare with.
        "an answer": bool(normalize(panel.answer)),
    }
    return [f"{name} needs {what}." for what, is_there in found.items() if not is_there]


type Wording = tuple[tuple[PanelRole, str, str, tuple[str, ...], str], ...]


def wording_of(content: ProblemContent) -> Wording:
    """All that a model is shown of a problem, and what its answer is compared with.

    Two drafts of equal wording ask the same; sources, annotations and what else would be right in
    an example may differ: no model is shown that, and no answer compared with it.
    """
    return tuple(
        (
            panel.role,
            _composed(panel.question),
            _composed(panel.answer),
            tuple(map(_composed, panel.accepted_variants if panel.role is PanelRole.QUERY else ())),
            panel.image.sha256 if panel.image else "",
        )
        for panel in content.panels
    )


def _composed(text: str) -> str:
    # As the frozen JSON has it, so that a draft equals what was frozen of it.
    return unicodedata.normalize("NFC", text)
