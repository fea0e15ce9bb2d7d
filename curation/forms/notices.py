"""How notices come, and which were read."""

from django import forms

from curation.models import MailChoice, Rhythm, User


class RhythmForm(forms.Form):
    """How often a person wants an e-mail."""

    rhythm = forms.ChoiceField(
        label="E-mails about what concerns you", choices=Rhythm.choices, widget=forms.RadioSelect
    )

    @classmethod
    def of(cls, person: User) -> "RhythmForm":
        """The form with what the person has now."""
        return cls(initial={"rhythm": MailChoice.objects.rhythm_of(person)})


class ReadForm(forms.Form):
    """The newest notice that the page showed."""

    until = forms.IntegerField(min_value=0, max_value=2**63 - 1)
