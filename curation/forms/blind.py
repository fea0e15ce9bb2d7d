"""A reviewer's answers before they are shown what is right."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms

from curation.domain.answers import is_same_answer
from curation.forms.fields import LONGEST_TEXT, WordsField, area

CONFIDENCE = (
    (1, "A guess"),
    (2, "Unsure"),
    (3, "Rather sure"),
    (4, "Sure"),
    (5, "Certain"),
)


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

    def __init__(self, data: Any = None, *, options: Sequence[str] = ()) -> None:
        super().__init__(data)
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

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="skip_%s")
