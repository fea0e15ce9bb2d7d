"""Verdicts and reasons."""

from dataclasses import dataclass
from typing import Any, Self

from django import forms

from curation.domain.content import ProblemContent
from curation.forms.checklist import ChecklistForm, ReviewAnnotationsForm
from curation.forms.fields import LONGEST_TEXT, area
from curation.models import Verdict


class ReviewForm(forms.Form):
    """A verdict with its comment."""

    verdict = forms.ChoiceField(choices=Verdict.choices, widget=forms.RadioSelect)
    comment = forms.CharField(
        help_text="What the author should know. Needed unless you approve.",
        required=False,
        max_length=LONGEST_TEXT,
        widget=area(5),
    )


@dataclass(frozen=True, slots=True)
class VerdictForms:
    """What one button sends: the checklist, the annotations, the verdict with its comment."""

    verdict: ReviewForm
    checklist: ChecklistForm
    annotations: ReviewAnnotationsForm

    @classmethod
    def of(cls, content: ProblemContent, data: Any = None) -> Self:
        """Empty, with the annotations as the author chose them, or with what was sent."""
        annotations = ReviewAnnotationsForm(content.annotations, data)
        return cls(ReviewForm(data), ChecklistForm(data), annotations)

    def is_valid(self) -> bool:
        """Whether all three are; each says what is wrong with it."""
        forms = (self.verdict, self.checklist, self.annotations)
        are_valid = [form.is_valid() for form in forms]  # all of them, so that each says so
        return all(are_valid)

    def review(self) -> dict[str, Any]:
        """What `record_review` takes of a valid one."""
        return {
            "verdict": Verdict(self.verdict.cleaned_data["verdict"]),
            "comment": self.verdict.cleaned_data["comment"],
            "checklist": self.checklist.answers(),
            "annotations": self.annotations.annotations(),
        }


class ReasonForm(forms.Form):
    """Why a problem is moved."""

    comment = forms.CharField(
        label="Reason", required=False, max_length=LONGEST_TEXT, widget=area(3)
    )
