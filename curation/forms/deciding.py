"""Verdicts and reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

from django import forms

from curation.domain.content import ProblemContent
from curation.forms.checklist import ChecklistForm, ReviewAnnotationsForm
from curation.forms.fields import LONGEST_TEXT, area
from curation.models import SIGNED, Verdict


class ReviewForm(forms.Form):
    """A verdict with its comment."""

    verdict = forms.ChoiceField(choices=Verdict.choices, widget=forms.RadioSelect)
    comment = forms.CharField(
        label="Comment, needed if something should change",
        help_text="What the author should know. To request changes, comments at fields are enough.",
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


class DecisionForm(forms.Form):
    """What an editor decides, and why; `revision` is the one that the page showed."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    move = forms.ChoiceField(
        label="Decision",
        choices=[(move.value, move.label) for move in SIGNED],
        error_messages={"required": "Choose what becomes of it."},
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label="Reason",
        help_text="It is kept with your name and the time; the author and the reviewers read it.",
        max_length=LONGEST_TEXT,
        error_messages={"required": "Say why: the author and the history need the reason."},
        widget=area(4),
    )

    def offer(self, decisions: Sequence[tuple[str, str]]) -> None:
        """Show only what can be decided now; what is sent besides is the wrong moment."""
        cast("forms.ChoiceField", self.fields["move"]).choices = decisions


class ReasonForm(forms.Form):
    """Why a problem is moved."""

    comment = forms.CharField(
        label="Reason", required=False, max_length=LONGEST_TEXT, widget=area(3)
    )
