"""Inviting people, and what they say of themselves."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from curation.models import Specialty, User
from curation.people import Roles


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
