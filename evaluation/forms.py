"""What editors fill in to measure a model."""

from django import forms

from evaluation.endpoints import EndpointFacts
from evaluation.models import EndpointKind, ModelEndpoint
from evaluation.models.endpoint import SET_UP_HERE


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at run time
    """How to reach a model. The verb checks what belongs together."""

    kind = forms.ChoiceField(
        choices=[(kind.value, kind.label) for kind in SET_UP_HERE],
        initial=EndpointKind.OPENAI_COMPATIBLE,
    )

    class Meta:
        model = ModelEndpoint
        fields = (
            "name",
            "kind",
            "base_url",
            "model",
            "key_variable",
            "max_concurrency",
            "timeout_seconds",
            "weights",
            "is_medical",
            "billion_parameters",
            "is_active",
            "is_open_to_authors",
        )
        labels = {"base_url": "Address", "key_variable": "Name of the key's variable"}
        help_texts = {
            "base_url": "Up to and with /v1, as http://127.0.0.1:8000/v1; empty for a baseline.",
            "model": "As the address names it; empty for a baseline.",
            "key_variable": (
                "The environment variable of the workers that holds the key, such as "
                "MODEL_KEY_HOSPITAL. The key itself is never entered here."
            ),
            "is_open_to_authors": (
                "Each try asks four questions, with the images of an unpublished draft. How often "
                "a person may ask in a day is set by TRIALS_PER_DAY."
            ),
        }

    def _post_clean(self) -> None:
        # The form must not touch the row: the verb alone changes it, after its own checks.
        return

    def facts(self) -> EndpointFacts:
        """What was filled in."""
        data = self.cleaned_data
        return EndpointFacts(**{**data, "kind": EndpointKind(data["kind"])})


class JudgeForm(forms.Form):
    """Which model judges the answers of a run."""

    endpoint = forms.ModelChoiceField(
        ModelEndpoint.objects.able_to_judge(),
        empty_label=None,
        label="Judge",
        widget=forms.Select(attrs={"class": "form-select"}),
    )


class TrialForm(forms.Form):
    """Which model the author asks, and whether to ask what was asked before."""

    endpoint = forms.ModelChoiceField(
        ModelEndpoint.objects.open_to_authors(),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose a model.",
            "invalid_choice": "This model is no longer open to authors. Choose another.",
        },
    )
    is_again = forms.BooleanField(required=False, label="Ask again")
