"""What an author says of an image."""

from dataclasses import asdict

from django import forms

from curation.images import ImageFacts
from curation.models import Image, ImageLicense


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
