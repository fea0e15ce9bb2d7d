"""Pushing a release to a hub of data sets."""

from django import forms
from django.core.validators import RegexValidator

from curation.models.hub_push import REPOSITORY_PATTERN


class HubPushForm(forms.Form):
    """Where to, and who may read it there."""

    repository = forms.CharField(
        max_length=200,
        help_text="Its owner and its name there, such as our-lab/our-benchmark. It is made if it "
        "is not there yet.",
        validators=[RegexValidator(REPOSITORY_PATTERN, "A repository looks like name/dataset.")],
    )
    is_private = forms.BooleanField(
        label="Only for those whom its owner lets in",
        required=False,
    )
