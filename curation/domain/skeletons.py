"""Problems to start from: what is asked and in which form, with nothing medical filled in.

All questions but that of a finding can stay as they are; the authors write what their images
show.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """The panels of a problem without their content.

    `answers` holds one text a panel, the query last: empty where only the author can know it.
    `answer_format` and `cognitive_process` are values of SMMILE's vocabularies.
    """

    slug: str
    name: str
    purpose: str
    question: str
    answer_format: str
    cognitive_process: str
    answers: tuple[str, ...]
    hint: str
    is_unnamed: bool = False
    """Whether its question is not one before the author names what is asked for."""

    @property
    def example_count(self) -> int:
        """How many examples it begins with."""
        return len(self.answers) - 1


_ALL = (
    Skeleton(
        slug="finding",
        name="A finding, yes or no",
        purpose="The examples show what counts as the finding; the query asks whether it is there.",
        question="Is the finding present in this image?",
        answer_format="binary",
        cognitive_process="classification",
        answers=("Yes", "No", "Yes", "No", ""),
        hint="Yes and No are filled in for the examples: name the finding in the question.",
        is_unnamed=True,
    ),
    Skeleton(
        slug="grade",
        name="A grade on a scale",
        purpose="One example for each grade; the query asks for the grade of a new image.",
        question="Which grade does this image show?",
        answer_format="multiple_choice",
        cognitive_process="reasoning",
        answers=("", "", "", "", ""),
        hint="Answers such as Grade 1, Grade 2, Grade 3: name the scale in the question.",
    ),
    Skeleton(
        slug="three-classes",
        name="One of three classes",
        purpose="An example for each class; the query belongs to one of them.",
        question="Which diagnosis fits this image best?",
        answer_format="multiple_choice",
        cognitive_process="classification",
        answers=("", "", "", ""),
        hint="Answers such as Melanoma, Nevus, Seborrheic keratosis.",
    ),
    Skeleton(
        slug="side",
        name="A side",
        purpose="Tests whether the model reads images as clinicians do, sides included.",
        question="On which side of the patient is the finding?",
        answer_format="multiple_choice",
        cognitive_process="classification",
        answers=("Left", "Right", ""),
        hint="Left and Right are filled in for the examples.",
    ),
    Skeleton(
        slug="count",
        name="A count",
        purpose="The examples show what is counted, and what is not.",
        question="How many lesions does this image show?",
        answer_format="numerical",
        cognitive_process="quantitative",
        answers=("", "", "", ""),
        hint="Answers in figures: 0, 3, 12.",
    ),
    Skeleton(
        slug="measurement",
        name="A measurement",
        purpose="The examples show from where to where it is measured, and in which unit.",
        question="How large is the lesion in this image, in millimeters?",
        answer_format="numerical",
        cognitive_process="quantitative",
        answers=("", "", "", ""),
        hint="Answers with the unit of the question, alike in all panels: 14 mm.",
    ),
)
SKELETONS: Mapping[str, Skeleton] = {skeleton.slug: skeleton for skeleton in _ALL}
UNNAMED = frozenset(skeleton.question for skeleton in _ALL if skeleton.is_unnamed)
"""Questions that are not finished: what they ask for has no name yet."""
