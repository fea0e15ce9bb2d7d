"""What a new problem starts from."""

from typing import Any

from django import forms

from curation.domain.skeletons import SKELETONS
from curation.models import Problem, User


class StartForm(forms.Form):
    """A template, or an earlier problem of one's own; neither for an empty one."""

    skeleton = forms.ChoiceField(choices=[(slug, slug) for slug in SKELETONS], required=False)
    earlier = forms.ModelChoiceField(
        Problem.objects.none(),
        required=False,
        error_messages={"invalid_choice": "Choose one of your own problems to start from."},
    )
    has_images = forms.BooleanField(label="With its images", required=False)

    def __init__(self, author: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["earlier"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = Problem.objects.written_by(author)
