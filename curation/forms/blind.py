"""A reviewer's answers before they are shown what is right."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core import signing
from django.utils import timezone

from curation.domain.answers import is_same_answer
from curation.forms.fields import LONGEST_TEXT, WordsField, area
from curation.models import Revision, Stage

STOPWATCH_SALT = "curation.forms.blind"

CONFIDENCE = (
    (1, "A guess"),
    (2, "Unsure"),
    (3, "Rather sure"),
    (4, "Sure"),
    (5, "Certain"),
)


def watch_of(revision: Revision, stage: Stage) -> str:
    """What the stopwatch of a page measures."""
    return f"{revision.pk}/{stage}"


class StopwatchField(forms.CharField):
    """When the page was first shown, signed by the server; gives the whole seconds since."""

    def __init__(self, what: str) -> None:
        super().__init__(widget=forms.HiddenInput(attrs={"autocomplete": "off"}))
        self.what = what
        self.initial = self._now

    def _now(self) -> str:
        return signing.dumps([self.what, timezone.now().timestamp()], salt=STOPWATCH_SALT)

    def _seconds(self, value: Any) -> int | None:
        try:
            what, started = signing.loads(str(value), salt=STOPWATCH_SALT)
        except (signing.BadSignature, TypeError, ValueError):
            return None
        return max(0, int(timezone.now().timestamp() - started)) if what == self.what else None

    def clean(self, value: Any) -> int:
        """The seconds; refuses what the server did not sign for this page."""
        seconds = self._seconds(value)
        if seconds is None:
            raise forms.ValidationError("This page was not the one you opened. Send it once more.")
        return seconds

    def bound_data(self, data: Any, initial: Any) -> Any:
        """The moment it was first shown, also when the page comes back with something to mend."""
        return initial if self._seconds(data) is None else data


class BlindAnswerForm(forms.Form):
    """An answer in the reviewer's own words, or one of the options where the page has some."""

    option = forms.ChoiceField(
        label="One of the answers of the examples", widget=forms.RadioSelect, required=False
    )
    answer = WordsField(
        label="Your answer", max_length=LONGEST_TEXT, widget=area(2), required=False
    )
    confidence = forms.TypedChoiceField(
        label="How sure are you?",
        choices=CONFIDENCE,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Say how sure you are, from a guess to certain."},
    )

    def __init__(self, watch: str, data: Any = None, *, options: Sequence[str] = ()) -> None:
        super().__init__(data)
        self.fields["started"] = StopwatchField(watch)
        if options:
            option = cast("forms.ChoiceField", self.fields["option"])
            option.choices = [(each, each) for each in options]
            self.fields["answer"].label = "Or in your own words"
        else:
            del self.fields["option"]

    def clean(self) -> dict[str, Any]:
        """With what was chosen or written under `answer`."""
        cleaned = super().clean() or self.cleaned_data
        written, chosen = cleaned.get("answer", ""), cleaned.get("option", "")
        if written and chosen and not is_same_answer(written, chosen):
            self.add_error("answer", "Choose an answer or write your own, not both.")
        elif not written and not chosen and not self.errors.keys() & {"answer", "option"}:
            self.add_error("answer", "Write your answer, or skip this step and say why.")
        return {**cleaned, "answer": written or chosen}


class SkipForm(forms.Form):
    """Why a reviewer does not answer."""

    reason = WordsField(
        label="Why do you skip it?",
        help_text="Kept with your review: your field is another, you know the case ...",
        max_length=LONGEST_TEXT,
        widget=area(2),
        error_messages={"required": "Say why you skip it: the reason is kept with your review."},
    )

    def __init__(self, watch: str, data: Any = None) -> None:
        super().__init__(data, auto_id="skip_%s")
        self.fields["started"] = StopwatchField(watch)
