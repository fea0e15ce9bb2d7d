"""What people fill in. Limits only: what makes a problem good is said by `domain.rules`."""

import unicodedata
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator

from curation.domain.content import Annotations
from curation.images import ImageFacts
from curation.models import (
    ANNOTATION_CHOICES,
    Image,
    ImageLicense,
    Panel,
    Problem,
    Specialty,
    User,
    Verdict,
)
from curation.models.release import VERSION_PATTERN
from curation.people import Roles

_LONGEST_TEXT = 4000


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class _Words(forms.CharField):
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


class AnnotationsForm(VersionForm):
    """The six annotations; each may stay open while the draft does."""

    specialty = forms.ModelChoiceField(Specialty.objects.all(), required=False)
    answer_format = forms.ChoiceField(required=False)
    image_type = forms.ChoiceField(label="Image type (of the query)", required=False)
    cognitive_process = forms.ChoiceField(required=False)
    rarity = forms.ChoiceField(required=False)
    difficulty = forms.ChoiceField(label="Difficulty (for a model)", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in ANNOTATION_CHOICES.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = [("", "Not chosen yet"), *choices.choices]

    @classmethod
    def of(cls, problem: Problem) -> "AnnotationsForm":
        """The form as the problem has it now."""
        return cls(initial={**asdict(problem.annotations()), "version": problem.version})

    def annotations(self) -> Annotations:
        """What was chosen."""
        values = {name: self.cleaned_data[name] or "" for name in ANNOTATION_CHOICES}
        specialty = self.cleaned_data["specialty"]
        return Annotations(specialty=specialty.pk if specialty else "", **values)

    def is_stored_in(self, problem: Problem) -> bool:
        """Whether this is what the problem says already."""
        return self.is_valid() and self.annotations() == problem.annotations()


class PanelForm(VersionForm):
    """The words of one panel."""

    question = _Words(required=False, max_length=_LONGEST_TEXT, widget=_area(3))
    answer = _Words(required=False, max_length=_LONGEST_TEXT, widget=_area(2))
    accepted_variants = _Words(
        label="Also right",
        help_text="Other wordings of the answer that you would accept, one a line.",
        required=False,
        max_length=_LONGEST_TEXT,
        widget=_area(2),
    )

    @classmethod
    def of(cls, panel: Panel) -> "PanelForm":
        """The form as the panel has it now."""
        return cls(
            initial={
                "version": panel.problem.version,
                "question": panel.question,
                "answer": panel.answer,
                "accepted_variants": "\n".join(panel.accepted_variants),
            }
        )

    def words(self) -> dict[str, Any]:
        """The keyword arguments of `write_panel`."""
        lines = (line.strip() for line in self.cleaned_data["accepted_variants"].splitlines())
        variants = [line for line in lines if line]
        names = ("version", "question", "answer")
        return {**{n: self.cleaned_data[n] for n in names}, "accepted_variants": variants}

    def is_stored_in(self, panel: Panel) -> bool:
        """Whether this is what the panel says already."""
        if not self.is_valid():
            return False
        said = {name: value for name, value in self.words().items() if name != "version"}
        return all(getattr(panel, name) == value for name, value in said.items())


class ExplanationForm(VersionForm):
    """Why a warning is all right."""

    code = forms.SlugField(max_length=50)
    text = _Words(required=False, max_length=1000)


class ImageFactsForm(forms.Form):
    """Where an image is from and what is allowed."""

    source = forms.CharField(
        help_text="Your own archive, a publication, an address.", required=False, max_length=300
    )
    license = forms.ChoiceField(
        choices=[("", "Not chosen yet"), *ImageLicense.choices], required=False
    )
    attribution = forms.CharField(help_text="Whom to credit.", required=False, max_length=300)
    alt_text = forms.CharField(
        label="Description",
        help_text="For people who cannot see it; without giving the answer away.",
        required=False,
        max_length=300,
    )
    no_patient_confirmed = forms.BooleanField(
        label="No patient can be identified, also not by text in the picture.", required=False
    )

    @classmethod
    def of(cls, image: Image) -> "ImageFactsForm":
        """The form as the image has it now."""
        return cls(initial=asdict(image.content()))

    def facts(self) -> ImageFacts:
        """What was filled in."""
        names = ("source", "license", "attribution", "alt_text")
        words = {name: self.cleaned_data[name] for name in names}
        is_without_patient = self.cleaned_data["no_patient_confirmed"]
        return ImageFacts(**words, is_without_patient=is_without_patient)

    def is_stored_in(self, image: Image) -> bool:
        """Whether this is what the image says already."""
        stored = asdict(image.content())
        return self.is_valid() and all(
            stored[name] == value for name, value in self.cleaned_data.items()
        )


class ReviewForm(forms.Form):
    """A verdict with its comment."""

    verdict = forms.ChoiceField(choices=Verdict.choices, widget=forms.RadioSelect)
    comment = forms.CharField(
        help_text="What the author should know. Needed unless you approve.",
        required=False,
        max_length=_LONGEST_TEXT,
        widget=_area(5),
    )


class ReasonForm(forms.Form):
    """Why a problem is moved."""

    comment = forms.CharField(
        label="Reason", required=False, max_length=_LONGEST_TEXT, widget=_area(3)
    )


class ReleaseForm(forms.Form):
    """A new version and what to say of it."""

    version = forms.CharField(
        max_length=20, validators=[RegexValidator(VERSION_PATTERN, "A version looks like 1.0.0.")]
    )
    notes = forms.CharField(
        help_text="What is new, in Markdown.", required=False, max_length=20_000, widget=_area(6)
    )


class InvitationForm(forms.Form):
    """Whom to invite as what."""

    email = forms.EmailField(label="Email")
    is_author = forms.BooleanField(label="Author", required=False, initial=True)
    is_reviewer = forms.BooleanField(label="Reviewer", required=False)
    is_editor = forms.BooleanField(label="Editor", required=False)
    specialty = forms.ModelChoiceField(Specialty.objects.all(), required=False)

    def roles(self) -> Roles:
        """The roles that were ticked."""
        names = ("is_author", "is_reviewer", "is_editor")
        return Roles(**{name: self.cleaned_data[name] for name in names})


class JoinForm(forms.Form):
    """What a person who was invited adds."""

    name = forms.CharField(label="Your name", max_length=200)
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Ten characters or more; a sentence is fine.",
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email

    def clean_password(self) -> str:
        """Refuse what is guessed first, the own e-mail address among it."""
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self._email))
        return password


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    """What a person says of themselves; the data statement counts it without names."""

    class Meta:
        model = User
        fields = ("name", "specialty", "years_of_experience", "affiliation", "orcid")
