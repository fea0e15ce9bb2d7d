"""Inviting people, what editors decide about them, and what they say of themselves."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from curation.models import Scope, Specialty, User
from curation.people import Roles


class RolesForm(forms.Form):
    """Which roles."""

    is_author = forms.BooleanField(label="Author", required=False)
    is_reviewer = forms.BooleanField(label="Reviewer", required=False)
    is_editor = forms.BooleanField(label="Editor", required=False)

    def roles(self) -> Roles:
        """The roles that were ticked."""
        names = ("is_author", "is_reviewer", "is_editor")
        return Roles(**{name: self.cleaned_data[name] for name in names})


class InvitationForm(RolesForm):
    """Whom to invite as what."""

    email = forms.EmailField(label="E-mail address")
    is_author = forms.BooleanField(label="Author", required=False, initial=True)
    specialty = forms.ModelChoiceField(Specialty.objects.all(), required=False)
    field_order = ("email", "is_author", "is_reviewer", "is_editor", "specialty")


class ChangedRolesForm(RolesForm):
    """The roles somebody has from now on, and why."""

    reason = forms.CharField(
        label="Why", required=False, max_length=500, help_text="Kept with the change."
    )


class ReasonForm(forms.Form):
    """Why an account is closed, or its second factor removed."""

    reason = forms.CharField(
        label="Why", max_length=500, help_text="Editors read it in the account's history."
    )


class OptionalReasonForm(forms.Form):
    """Why an account is opened again, if there is something to say."""

    reason = forms.CharField(label="Why", max_length=500, required=False)


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


class TokenForm(forms.Form):
    """What a program may do, and for how long."""

    name = forms.CharField(
        label="What is it for?",
        max_length=100,
        help_text="Such as “Download script on the cluster”. You will know it by this name.",
    )
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Never more than you may do yourself.",
    )
    days = forms.TypedChoiceField(
        label="It works for",
        coerce=int,
        choices=((30, "30 days"), (90, "90 days"), (365, "a year")),
        initial=90,
    )
