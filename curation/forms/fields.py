"""What several forms are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django import forms
from django.db.models import Model
from django.forms import BoundField
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from curation.domain.versions import Merged, Typed, plain, version_of

LONGEST_TEXT = 4000


def area(rows: int) -> forms.Textarea:
    """A text area of so many lines."""
    return forms.Textarea(attrs={"rows": rows})


class PlainSelect(forms.Select):
    """A select of hundreds: Django renders a template for each option, which takes half a page."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = str(value or "")
        options = (
            (key, " selected" if str(key) == chosen else "", label) for key, label in self.choices
        )
        return format_html(
            "<select{}>{}</select>",
            flatatt(self.build_attrs(self.attrs, {"name": name, **(attrs or {})})),
            format_html_join("", '<option value="{}"{}>{}</option>', options),
        )


class WordsField(forms.CharField):
    """Text in one form, however the browser or the keyboard composed it."""

    def to_python(self, value: Any) -> str:
        """The text, stripped, with line feeds, in NFC as in a revision."""
        return plain(super().to_python(value) or "")


class LinesField(WordsField):
    """One text a line, without empty ones."""

    def to_python(self, value: Any) -> str:
        """The lines, each stripped."""
        lines = (line.strip() for line in super().to_python(value).splitlines())
        return "\n".join(line for line in lines if line)


class VersionForm(forms.Form):
    """The version of the draft that the browser holds."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class Conflict:
    """What another window stored, where this one says something else."""

    text: str
    shown: str

    @property
    def version(self) -> str:
        """What is overwritten by whoever keeps the other text knowingly."""
        return version_of(self.text)


class TypedField(BoundField):
    """A field that knows the text it was shown with, and what another window stored since."""

    @property
    def _home(self) -> "TypedForm":
        return cast("TypedForm", self.form)

    @property
    def held(self) -> str:
        """The version that the next save of this field starts from; none if it is not stored."""
        return self._home.held(self.name) if self.name in self._home.stored_names else ""

    @property
    def conflict(self) -> Conflict | None:
        """What this field must not overwrite without a choice."""
        text = self._home.merged.conflicts.get(self.name)
        return None if text is None else Conflict(text, self._in_words(text))

    @property
    def newer(self) -> Conflict | None:
        """What another window stored while nobody touched this field here."""
        text = self._home.merged.newer.get(self.name)
        return None if text is None else Conflict(text, self._in_words(text))

    def _in_words(self, text: str) -> str:
        if isinstance(self.field, forms.BooleanField):
            return "Confirmed" if text else "Not confirmed"
        choices = getattr(self.field, "choices", ())
        return {str(key): str(label) for key, label in choices}.get(text, text)


class TypedForm(forms.Form):
    """A form that is saved field by field, each from the version of the text it was shown with.

    Beside a field `answer` a browser sends `answer_from`, the version it was shown with. Where a
    conflict was shown it may send `answer_choice` ("mine" or "stored") and `answer_seen`, the
    version that was shown as stored: keeping one's own text overwrites that one and no other.
    """

    bound_field_class = TypedField
    stored_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.merged = Merged()
        self._sent: Mapping[str, Typed] = {}

    def typed(self) -> dict[str, Typed]:
        """What the browser sent of the fields it showed, and did not give up for what is stored."""
        return {
            name: Typed(text=_text(self.cleaned_data[name]), version=self._started_from(name))
            for name in self.stored_names
            if self._is_shown(name) and self._choice(name) != "stored"
        }

    def _is_shown(self, name: str) -> bool:
        return name in self.data or f"{name}_from" in self.data

    def _choice(self, name: str) -> str:
        return str(self.data.get(f"{name}_choice", ""))

    def _started_from(self, name: str) -> str:
        kind = "seen" if self._choice(name) == "mine" else "from"
        return str(self.data.get(f"{name}_{kind}", ""))

    def held(self, name: str) -> str:
        """The version a field starts from: a refused one still from the one it came with."""
        if name in self.merged.conflicts:
            return self._sent[name].version
        if self.is_bound:
            return str(self.data.get(f"{name}_from", ""))
        return version_of(_text(self.get_initial_for_field(self.fields[name], name)))

    def show(self, merged: Merged, sent: Mapping[str, Typed]) -> None:
        """Show what is stored, but what was sent where that is in conflict."""
        self.merged, self._sent = merged, sent
        mine = {name: sent[name].text for name in merged.conflicts if name in self.stored_names}
        self.initial = {**(self.initial or {}), **mine}


def _text(value: Any) -> str:
    """A cleaned or an initial value as the page's field says it."""
    if isinstance(value, bool):
        return "on" if value else ""
    return str(value.pk) if isinstance(value, Model) else str(value or "")
