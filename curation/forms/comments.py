"""What is said at a field of a panel, and in answer to it."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django import forms

from curation.domain.anchors import Anchor, anchors_of
from curation.domain.canned_reasons import REASONS, text_of
from curation.domain.content import ProblemContent
from curation.forms.fields import LONGEST_TEXT, WordsField, area

type _Choices = list[tuple[str, str]]


class CommentForm(forms.Form):
    """A new comment: where, and what; a ready reason may be all that is said."""

    place = forms.ChoiceField(label="About")
    reason = forms.ChoiceField(
        label="A ready reason",
        required=False,
        choices=[("", "None"), *((reason.name, reason.label) for reason in REASONS)],
    )
    text = WordsField(label="Comment", required=False, max_length=LONGEST_TEXT, widget=area(3))

    def __init__(self, content: ProblemContent, *args: Any, **kwargs: Any) -> None:
        # Ids of their own: the page has a verdict's form, too.
        kwargs["auto_id"] = "new-comment-%s"
        super().__init__(*args, **kwargs)
        place = self.fields["place"]
        assert isinstance(place, forms.ChoiceField)  # noqa: S101 - declared above
        place.choices = list(_places(content))

    def clean(self) -> dict[str, Any]:
        """The text with the chosen reason before it, once."""
        data: dict[str, Any] = super().clean() or {}
        text = data.get("text", "")
        reason = text_of(data["reason"]) if data.get("reason") else ""
        data["text"] = text if reason in text else f"{reason}\n\n{text}".strip()
        if not data["text"] and "text" not in self.errors:
            self.add_error("text", "Write what should be looked at, or choose a reason.")
        return data

    @property
    def anchor(self) -> Anchor:
        """Where it was said, once the form is valid."""
        return Anchor.parse(self.cleaned_data["place"])


def _places(content: ProblemContent) -> Iterator[tuple[str, str | _Choices]]:
    """The whole problem, then each panel's fields and the annotations, grouped."""
    anchors = sorted(anchors_of(content), key=_after_panels)
    for panel, group in groupby(anchors, lambda anchor: (anchor.panel, anchor == Anchor())):
        choices = [(str(anchor), _words(anchor, content)) for anchor in group]
        if panel == (None, True):
            yield choices[0]
        else:
            yield (Anchor(panel[0]).words(content) if panel[0] is not None else "About"), choices


def _after_panels(anchor: Anchor) -> tuple[bool, bool, int]:
    is_annotation = anchor.panel is None and bool(anchor.field)
    return is_annotation, anchor.panel is not None, anchor.panel or 0


def _words(anchor: Anchor, content: ProblemContent) -> str:
    words = anchor.words(content)
    return words if anchor.field or anchor.panel is None else f"{words} as a whole"


class ReplyForm(forms.Form):
    """An answer in a thread; resolving and reopening need none."""

    text = WordsField(label="Reply", required=False, max_length=LONGEST_TEXT, widget=area(2))


class DraftForm(ReplyForm):
    """Other words for a comment that is not sent yet, and those that its writer saw."""

    text = WordsField(label="Your words", required=False, max_length=LONGEST_TEXT, widget=area(3))
    seen = WordsField(required=False, widget=forms.HiddenInput)

    def renew(self, seen: str) -> None:
        """Let the next save put what is typed in place of this, knowingly."""
        self.data = {**{name: self.data[name] for name in self.data}, "seen": seen}
