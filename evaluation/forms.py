"""What editors fill in to measure a model."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from evaluation.domain.scoring import scorer_label
from evaluation.endpoints import EndpointFacts
from evaluation.expert_checks import LARGEST_SAMPLE, MOST_EXPERTS
from evaluation.models import EndpointKind, ExpertSaid, ModelEndpoint
from evaluation.models.endpoint import SET_UP_HERE

_GROUPS = {
    "What it is": ("name", "kind", "model", "weights", "is_medical", "billion_parameters"),
    "How it is reached": ("base_url", "key_variable", "timeout_seconds"),
    "How much at once": ("max_concurrency", "requests_per_minute", "tokens_per_minute"),
    "What it costs": ("input_price_per_million", "output_price_per_million"),
    "Images": ("max_image_side", "max_image_bytes"),
    "Who may use it": ("is_active", "is_open_to_authors"),
}


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
            "requests_per_minute",
            "tokens_per_minute",
            "input_price_per_million",
            "output_price_per_million",
            "max_image_side",
            "max_image_bytes",
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
            "requests_per_minute": "Shared by all workers, as all limits are; empty for any.",
            "tokens_per_minute": "In and out together; empty for any.",
            "input_price_per_million": "In any one currency. Budgets of runs need a price.",
            "max_image_side": "Larger images are scaled down; empty to send them as they are.",
            "max_image_bytes": "Larger files are encoded anew; empty for any.",
            "is_open_to_authors": (
                "Each try asks four questions, with the images of an unpublished draft. How often "
                "a person may ask in a day is set by TRIALS_PER_DAY."
            ),
        }

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Its fields under headings, none left out."""
        return [(heading, [self[name] for name in names]) for heading, names in _GROUPS.items()]

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


class JudgeSampleForm(forms.Form):
    """How many of whose verdicts experts check."""

    scorer = forms.ChoiceField(label="Judge")  # its choices are those of the run
    size = forms.IntegerField(
        min_value=1,
        max_value=LARGEST_SAMPLE,
        initial=60,
        label="How many verdicts",
        help_text="All there are, where there are fewer.",
    )
    experts_wanted = forms.IntegerField(
        min_value=1,
        max_value=MOST_EXPERTS,
        initial=2,
        label="Experts for each",
        help_text="With two it can be said how far experts agree with each other.",
    )
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, initial=0)
    is_once_a_problem = forms.BooleanField(
        required=False,
        initial=True,
        label="At most one answer to each problem",
        help_text="Orders and repeats of one problem tell less than other problems do.",
    )

    def __init__(self, scorers: Iterable[str], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        choices = [(scorer, scorer_label(scorer)) for scorer in scorers]
        select = forms.Select(attrs={"class": "form-select"})
        self.fields["scorer"] = forms.ChoiceField(choices=choices, label="Judge", widget=select)


class ExpertVerdictForm(forms.Form):
    """Whether a response is right."""

    said = forms.ChoiceField(
        choices=ExpertSaid.choices,
        widget=forms.RadioSelect,
        label="Is the response right?",
        error_messages={"required": "Choose one."},
    )
    reason = forms.CharField(
        required=False,
        max_length=2_000,
        label="Why you cannot tell",
        help_text="Only wanted where you cannot tell.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class BudgetForm(forms.Form):
    """What a run may cost."""

    budget = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=4,
        help_text=(
            "In the currency of the endpoint's prices; empty for no limit. The run rests before it "
            "would cost more: what is under way counts as the dearest there can be."
        ),
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
