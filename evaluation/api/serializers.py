"""Runs, predictions, endpoints and leaderboards, as they are given and as they are asked for."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from rest_framework import serializers

from curation.api.fields import Choice, Strict, Text, Whole
from curation.api.serializers.links import Link
from curation.models.release import VERSION_PATTERN
from evaluation.domain.arms import (
    AnswerForm,
    Input,
    Noise,
    NoisePosition,
    Order,
    Reasoning,
    Shots,
)
from evaluation.domain.outcomes import Outcome
from evaluation.domain.protocol import PRESETS
from evaluation.models import EndpointKind, PredictionStatus, RunStatus


class EndpointSerializer(serializers.Serializer):
    """How a model is reached. Keys are nowhere; their variables are known to workers alone."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=EndpointKind.choices)
    base_url = serializers.CharField(allow_blank=True)
    model = serializers.CharField(allow_blank=True)
    tags = serializers.ListField(child=serializers.CharField(), help_text="What kind of model.")
    is_active = serializers.BooleanField()
    is_open_to_authors = serializers.BooleanField()
    max_concurrency = serializers.IntegerField()
    timeout_seconds = serializers.IntegerField()


class EstimateSerializer(serializers.Serializer):
    """A share with its Wilson interval; the value is null where n is 0."""

    scorer = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField()
    high = serializers.FloatField()
    confidence = serializers.FloatField()
    k = serializers.IntegerField()
    n = serializers.IntegerField()


class OutcomesSerializer(serializers.Serializer):
    """How many predictions ended each way."""

    ok = serializers.IntegerField()
    refused = serializers.IntegerField()
    unparsable = serializers.IntegerField()
    error = serializers.IntegerField()


class RunSerializer(serializers.Serializer):
    """One endpoint asked every problem of one release under one protocol."""

    id = serializers.IntegerField()
    url = Link("evaluation_api:run_detail", "id")
    page_url = Link("evaluation:run_detail", "id")
    predictions_url = Link("evaluation_api:prediction_list", "id")
    release = serializers.CharField(help_text="Its version.")
    endpoint = serializers.CharField(help_text="Its name.")
    protocol = serializers.DictField(help_text="What is asked, whole.")
    protocol_sha256 = serializers.CharField()
    status = serializers.ChoiceField(choices=RunStatus.choices)
    failure = serializers.CharField(
        allow_blank=True, help_text="Why it stopped, or why it is paused."
    )
    resume_at = serializers.DateTimeField(
        allow_null=True, help_text="When a paused run goes on by itself."
    )
    budget = serializers.DecimalField(max_digits=12, decimal_places=4, allow_null=True)
    is_imported = serializers.BooleanField(
        help_text="Whether its predictions were made elsewhere, and nothing was asked here."
    )
    excluded = serializers.IntegerField(help_text="Problems that cannot be asked this way.")
    total = serializers.IntegerField(help_text="Predictions that are planned.")
    done = serializers.IntegerField()
    outcomes = OutcomesSerializer()
    estimates = EstimateSerializer(many=True, help_text="Of what is done so far.")
    started_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class BudgetBody(Strict):
    """What a run may cost, in the currency of the endpoint's prices; null for no limit."""

    budget = serializers.DecimalField(
        max_digits=12, decimal_places=4, min_value=Decimal(0), allow_null=True
    )


def _optional(kind: type[StrEnum], **kwargs: Any) -> Choice:
    return Choice(choices=list(map(str, kind)), required=False, **kwargs)


class _ProtocolFields(Strict):
    """What a protocol states; beside a preset, what is asked in another way than it says."""

    shots = _optional(Shots, help_text="Which of a problem's own examples are shown.")
    shot_count = Whole(required=False, help_text="How many the first examples are; else 0.")
    input = _optional(Input)
    answer_form = _optional(AnswerForm)
    order = _optional(Order)
    noise = _optional(Noise, help_text="Foreign examples among them.")
    noise_count = Whole(required=False)
    noise_position = _optional(NoisePosition)
    reasoning = _optional(Reasoning)
    repeats = Whole(required=False)
    temperature = serializers.FloatField(required=False)
    max_tokens = Whole(required=False, help_text="Of a reply.")
    system_text = Text(required=False, help_text="Empty sends none.")
    seed = Whole(required=False, help_text="Decides everything random.")


class RunBody(Strict):
    """What is asked of what. The release and the endpoint are named as pages name them.

    What is asked is a preset, or a protocol, or a preset but for what the protocol states.
    """

    release = serializers.RegexField(VERSION_PATTERN, max_length=20)
    endpoint = Text(max_length=100, allow_blank=False)
    preset = Choice(choices=list(PRESETS), required=False)
    protocol = _ProtocolFields(required=False)
    seed = Whole(required=False, help_text="The protocol's seed; state it in one place.")


class LikelihoodSerializer(serializers.Serializer):
    """How likely a model finds an option: the sum of its tokens' natural log-probabilities."""

    letter = serializers.CharField()
    total = serializers.FloatField(
        allow_null=True, help_text="Null where the server did not tell it."
    )
    tokens = serializers.IntegerField()


class ScoreSerializer(serializers.Serializer):
    """What one scorer says."""

    scorer = serializers.CharField()
    value = serializers.FloatField()
    explanation = serializers.CharField(allow_blank=True)


class PredictionSerializer(serializers.Serializer):
    """One query asked once. Of a held-out problem neither answers nor scores are given."""

    id = serializers.IntegerField()
    page_url = Link("evaluation:prediction_detail", "run_id", "id")
    run_id = serializers.IntegerField()
    problem_id = serializers.UUIDField()
    revision = serializers.IntegerField(help_text="Its number.")
    order = serializers.IntegerField(
        help_text="Which of the problem's orders, from 0 as in the permuted set."
    )
    repeat = serializers.IntegerField(help_text="From 0.")
    matching_position = serializers.IntegerField(
        allow_null=True,
        help_text="Where the last example stands that has the query's answer, from 1; else null.",
    )
    is_withheld = serializers.BooleanField()
    question = serializers.CharField()
    answer = serializers.CharField(allow_null=True, help_text="What the author says is right.")
    status = serializers.ChoiceField(choices=PredictionStatus.choices)
    outcome = serializers.ChoiceField(
        choices=[each.value for each in Outcome], allow_null=True, help_text="Null until it ended."
    )
    completion = serializers.CharField(allow_null=True, allow_blank=True)
    parsed = serializers.CharField(allow_null=True, allow_blank=True)
    scores = ScoreSerializer(many=True)
    likelihoods = LikelihoodSerializer(
        many=True, allow_null=True, help_text="Null where options are not ranked."
    )
    prompt_sha256 = serializers.CharField(allow_null=True)
    image_count = serializers.IntegerField()
    error = serializers.CharField(allow_blank=True)
    http_status = serializers.IntegerField(allow_null=True)
    latency_ms = serializers.IntegerField(allow_null=True)
    input_tokens = serializers.IntegerField(allow_null=True)
    output_tokens = serializers.IntegerField(allow_null=True)
    finish_reason = serializers.CharField(allow_blank=True)
    served_model = serializers.CharField(allow_blank=True)


class LeaderboardRowSerializer(serializers.Serializer):
    """One number of one run, with what it stands on."""

    run_id = serializers.IntegerField()
    endpoint = serializers.CharField()
    model = serializers.CharField(allow_blank=True)
    is_baseline = serializers.BooleanField()
    is_imported = serializers.BooleanField()
    protocol = serializers.CharField()
    protocol_sha256 = serializers.CharField()
    estimate = EstimateSerializer()
    planned = serializers.IntegerField()
    failed = serializers.IntegerField()
    coverage_percent = serializers.IntegerField()


class LeaderboardSerializer(serializers.Serializer):
    """The newest finished run of each endpoint and protocol."""

    release = serializers.CharField()
    rows = LeaderboardRowSerializer(many=True)
