"""What reviewers say most often, ready to be chosen: a start that they may write on from."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedReason:
    """``fields`` are those it can be said of; an empty one is a panel or the problem as a whole."""

    name: str
    label: str
    text: str
    fields: frozenset[str]


_IMAGE = frozenset({"", "image"})
_ANSWER = frozenset({"", "answer", "accepted_variants"})
_FACTS = frozenset({"", "image", "source", "license", "attribution"})

REASONS: Sequence[CannedReason] = (
    CannedReason(
        name="question_ambiguous",
        label="The question is ambiguous",
        text="The question can be understood in more than one way. Please say what is asked for.",
        fields=frozenset({"", "question"}),
    ),
    CannedReason(
        name="several_right_answers",
        label="Several answers are right",
        text="More than one answer is right. Please narrow the question or add what is also right.",
        fields=_ANSWER | {"question"},
    ),
    CannedReason(
        name="answer_wrong",
        label="The answer is not right",
        text="I think that this answer is not right. Please check it.",
        fields=_ANSWER,
    ),
    CannedReason(
        name="answer_not_visible",
        label="The answer cannot be seen in the image",
        text="The image does not show what the answer needs. Please choose another image.",
        fields=_IMAGE | {"answer"},
    ),
    CannedReason(
        name="examples_do_not_teach",
        label="The examples do not teach it",
        text="The examples do not show how to answer the query. Please choose others.",
        fields=_IMAGE | {"question", "answer"},
    ),
    CannedReason(
        name="shortcut",
        label="Something else gives it away",
        text="The answer can be told without the medicine, by how the images or texts look.",
        fields=_IMAGE | {"question", "alt_text"},
    ),
    CannedReason(
        name="burned_in_text",
        label="Text in the image",
        text="Text in the image tells the answer or who the patient is. Please cover it.",
        fields=_IMAGE,
    ),
    CannedReason(
        name="poor_image",
        label="The image is too poor",
        text="The image is too small, cut off or unsharp to be judged. Please bring a better one.",
        fields=_IMAGE,
    ),
    CannedReason(
        name="description_tells",
        label="The description tells the answer",
        text="The description of the image tells the answer. Please describe only what is seen.",
        fields=frozenset({"alt_text"}),
    ),
    CannedReason(
        name="license_unclear",
        label="The license is unclear",
        text="It is not clear that this image may be published. Please say where it is from.",
        fields=_FACTS,
    ),
    CannedReason(
        name="annotation_does_not_fit",
        label="Does not fit",
        text="This annotation does not fit the query. Please look at it again.",
        fields=frozenset(
            {"specialty", "answer_format", "image_type", "cognitive_process"}
            | {"rarity", "difficulty"}
        ),
    ),
)
"""In the order in which a reviewer meets them."""


def text_of(name: str) -> str:
    """What a reason says. KeyError for one that there is not."""
    return {reason.name: reason.text for reason in REASONS}[name]
