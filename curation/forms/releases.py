"""Choosing what a release lists, describing it, comparing two, taking one back."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.validators import RegexValidator

from curation.composing import Choice
from curation.forms.fields import LONGEST_TEXT, area
from curation.models import Release
from curation.models.release import VERSION_PATTERN

MOST_LEFT_OUT = 60
"""Single problems: their ids stand in the address of a page, which is at most 4,000 long."""


class LeftOutField(forms.MultipleChoiceField):
    """Ids of problems, as often as wanted."""

    widget = forms.MultipleHiddenInput
    default_error_messages = {"invalid": "This names no problem."}

    def validate(self, value: Sequence[str]) -> None:
        """Any id is one: what it names may have been retired since."""
        if len(value) > MOST_LEFT_OUT:
            raise forms.ValidationError(
                f"At most {MOST_LEFT_OUT} single problems can be left out. Leave out a specialty, "
                "or retire what should be in no release."
            )

    def to_python(self, value: Any) -> list[str]:
        """Each id once, in its usual form."""
        try:
            return list(dict.fromkeys(str(UUID(one)) for one in super().to_python(value)))
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"]) from error


class ChoiceForm(forms.Form):
    """What of all that may be released is listed, and how much of the new is held out."""

    specialty = forms.MultipleChoiceField(
        label="Specialties",
        help_text="None ticked means all.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    without = LeftOutField(label="Left out", required=False)
    held_out_percent = forms.IntegerField(
        label="Held-out share of the new problems, in per cent",
        help_text="The answers of held-out problems are in none of the files: models are "
        "measured on them here alone, so that no model learns them by heart. They are drawn by "
        "lot, the same share of each specialty. An answer that a release published once cannot "
        "be held out any more, and what was held out stays so.",
        min_value=0,
        max_value=90,
        initial=0,
    )
    seed = forms.IntegerField(
        label="Seed of the draw",
        help_text="The same seed draws the same problems. It also orders the permuted set.",
        min_value=0,
        max_value=2**31 - 1,
        initial=42,
    )

    def __init__(self, specialties: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["specialty"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = list(specialties.items())

    def choice(self) -> Choice:
        """What a valid one chooses."""
        chosen = frozenset(self.cleaned_data["specialty"])
        left_out = frozenset(UUID(one) for one in self.cleaned_data["without"])
        return Choice(specialties=chosen or None, left_out=left_out)

    def drawing(self) -> dict[str, int]:
        """The share that is held out, and the seed."""
        return {name: self.cleaned_data[name] for name in ("held_out_percent", "seed")}


class ReleaseForm(forms.Form):
    """A new version and what to say of it."""

    version = forms.CharField(
        max_length=20, validators=[RegexValidator(VERSION_PATTERN, "A version looks like 1.0.0.")]
    )
    notes = forms.CharField(
        help_text="What is new, in Markdown.", required=False, max_length=20_000, widget=area(5)
    )
    limits = forms.CharField(
        label="Known limits",
        help_text="What the problems do not cover, or should not be used for, in Markdown. It "
        "stands in the dataset card.",
        required=False,
        max_length=20_000,
        widget=area(4),
    )
    is_public = forms.BooleanField(
        label="Anybody may read and download it, without signing in",
        help_text="Once it is published. This can be changed later.",
        required=False,
        initial=True,
    )


class YankForm(forms.Form):
    """Why a release is taken back."""

    because = forms.CharField(
        label="Why",
        help_text="Everybody who comes to the release reads it.",
        max_length=LONGEST_TEXT,
        widget=area(4),
    )


class CompareReleasesForm(forms.Form):
    """An earlier release and a later one."""

    before = forms.ChoiceField(label="From release")
    after = forms.ChoiceField(label="to release")

    def __init__(self, releases: Sequence[Release], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._releases = {release.version: release for release in releases}
        for field in self.fields.values():
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = [(version, version) for version in self._releases]

    def chosen(self) -> tuple[Release, Release]:
        """Both of a valid one, the earlier one first."""
        versions = (self.cleaned_data["before"], self.cleaned_data["after"])
        first, last = sorted((self._releases[name] for name in versions), key=lambda one: one.pk)
        return first, last
