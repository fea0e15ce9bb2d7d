"""The address of a picture on the web."""

from django import forms

from curation.domain.addresses import LONGEST_ADDRESS


class AddressForm(forms.Form):
    """Where a picture is to be fetched from. Whether it may be is for the fetching to say."""

    address = forms.CharField(
        max_length=LONGEST_ADDRESS,
        error_messages={
            "required": "Enter the address of a picture first.",
            "max_length": "This address is too long. Save the picture and bring the file.",
        },
    )

    def refusal(self) -> str:
        """What is wrong with it, in words; empty if nothing is."""
        return " ".join(str(error) for error in self.errors.get("address", []))
