"""Editing the instructions."""

import re
from typing import Any
from uuid import UUID

from django import forms

from curation.forms.fields import WordsField, area
from curation.instructing import Edition
from curation.models import Instructions, Problem, Revision

_LONGEST_INSTRUCTIONS = 40_000
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class ProblemAddressField(forms.CharField):
    """The address of a problem's page, as copied from the browser; gives its current revision."""

    def prepare_value(self, value: Any) -> Any:
        """The number of the problem, which is an address too."""
        return str(value.problem_id) if isinstance(value, Revision) else value

    def clean(self, value: Any) -> Revision | None:
        """The revision, None for nothing; refuses what is no submitted problem."""
        text = super().clean(value)
        if not text:
            return None
        found = _ID.search(text)
        problem = Problem.objects.with_panels().filter(pk=UUID(found[0])).first() if found else None
        if problem is None:
            raise forms.ValidationError("Copy the address of the problem's page to here.")
        if problem.current_revision is None:
            raise forms.ValidationError("This problem was never submitted: choose another.")
        return problem.current_revision


class InstructionsForm(forms.Form):
    """The text in Markdown, and two problems as living examples."""

    started_from = forms.IntegerField(required=False, widget=forms.HiddenInput)
    text = WordsField(
        label="Text",
        help_text="In Markdown: ## starts a heading, - a list, **bold** words.",
        max_length=_LONGEST_INSTRUCTIONS,
        widget=area(24),
    )
    good = ProblemAddressField(
        label="A good problem", help_text="The address of its page.", required=False
    )
    good_because = WordsField(
        label="What is good about it", required=False, max_length=2000, widget=area(3)
    )
    bad = ProblemAddressField(
        label="A bad problem",
        help_text="Its author sees it here too: choose one who agrees.",
        required=False,
    )
    bad_because = WordsField(
        label="What is bad about it", required=False, max_length=2000, widget=area(3)
    )

    @classmethod
    def of(cls, instructions: Instructions) -> "InstructionsForm":
        """The form as the instructions are now."""
        names = ("text", "good", "good_because", "bad", "bad_because")
        initial = {name: getattr(instructions, name) for name in names}
        return cls(initial={**initial, "started_from": instructions.pk})

    def edition(self) -> Edition:
        """What was written."""
        names = ("text", "good", "good_because", "bad", "bad_because")
        return Edition(**{name: self.cleaned_data[name] for name in names})
