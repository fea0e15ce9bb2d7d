"""What an author says of an image."""

from django import forms

from curation.forms.fields import TypedForm, WordsField
from curation.images import is_text_searched
from curation.models import Image, ImageLicense
from curation.saving import facts_of

_NOBODY_LOOKS = "No automatic check for text in pictures runs here; please look yourself."


class ImageFactsForm(TypedForm):
    """Where an image is from and what is allowed; the image is the one that the page showed."""

    stored_names = ("source", "license", "attribution", "alt_text", "no_patient_confirmed")

    describes = forms.UUIDField(widget=forms.HiddenInput)
    source = WordsField(
        help_text="Your own archive, a publication, an address.", required=False, max_length=300
    )
    license = forms.ChoiceField(
        choices=[("", "Not chosen yet"), *ImageLicense.choices],
        help_text=(
            "“Permission of the holder” means that who owns the image agreed, best in writing, "
            "that it is published and used to measure models. Say who under Attribution."
        ),
        required=False,
    )
    attribution = WordsField(help_text="Whom to credit.", required=False, max_length=300)
    alt_text = WordsField(
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
        form = cls(initial={**facts_of(image), "describes": image.pk})
        if image.text_areas is None and not (is_text_searched() and image.awaits_text_search):
            form.fields["no_patient_confirmed"].help_text = _NOBODY_LOOKS
        return form
