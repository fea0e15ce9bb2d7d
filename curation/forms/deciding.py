"""Verdicts and reasons."""

from collections.abc import Sequence
from typing import cast

from django import forms

from curation.domain.checklist import ITEMS
from curation.forms.fields import LONGEST_TEXT, area
from curation.models import SIGNED, Verdict


class ReviewForm(forms.Form):
    """A verdict with its comment."""

    verdict = forms.ChoiceField(choices=Verdict.choices, widget=forms.RadioSelect)
    checklist = forms.MultipleChoiceField(
        choices=tuple(ITEMS.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    comment = forms.CharField(
        help_text="What the author should know. Needed unless you approve.",
        required=False,
        max_length=LONGEST_TEXT,
        widget=area(5),
    )


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
