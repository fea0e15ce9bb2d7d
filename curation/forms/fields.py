"""What several forms are made of."""

import unicodedata
from typing import Any

from django import forms

from curation.models import Problem

LONGEST_TEXT = 4000


def area(rows: int) -> forms.Textarea:
    """A text area of so many lines."""
    return forms.Textarea(attrs={"rows": rows})


class WordsField(forms.CharField):
    """Text in one form: scripts send line feeds where browsers without send CRLF, and some
    keyboards compose accents that others do not. Neither is a change, nor counts twice.
    """

    def to_python(self, value: Any) -> str:
        """The text, stripped, with line feeds, in NFC as in a revision."""
        text = (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")
        return unicodedata.normalize("NFC", text)


class VersionForm(forms.Form):
    """The version of the draft that the browser holds."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def held_version(self, problem: Problem) -> int:
        """What the next save starts from: a refused form still from the version it came with."""
        held: int | None = self.cleaned_data.get("version") if self.is_bound else None
        return held or problem.version
