"""The report of a run, as it is given. Shares are in [0, 1], differences in [-1, 1]."""

from rest_framework import serializers


class MeasuredSerializer(serializers.Serializer):
    """A share, a mean or a difference with its interval; null where it is undefined."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField()
    high = serializers.FloatField()
    confidence = serializers.FloatField()
    k = serializers.IntegerField(allow_null=True)
    n = serializers.IntegerField(help_text="Answers.")
    problems = serializers.IntegerField()
    held_out = serializers.IntegerField(help_text="Of the problems.")
    method = serializers.CharField(help_text="How the interval was found.")
    standard_error = serializers.FloatField(allow_null=True)


class GroupSerializer(serializers.Serializer):
    """One stratum."""

    name = serializers.CharField()
    label = serializers.CharField()
    measured = MeasuredSerializer()


class GroupingSerializer(serializers.Serializer):
    """Answers in groups; none where their numbers would tell a held-out answer."""

    name = serializers.CharField()
    label = serializers.CharField()
    groups = GroupSerializer(many=True)
    is_withheld = serializers.BooleanField()


class FlipsSerializer(serializers.Serializer):
    """Items right in this run alone, in the other alone, in both, in neither."""

    gained = serializers.IntegerField()
    lost = serializers.IntegerField()
    both = serializers.IntegerField()
    neither = serializers.IntegerField()


class ComparisonSerializer(serializers.Serializer):
    """This run beside one that differs in one thing."""

    name = serializers.CharField()
    label = serializers.CharField()
    run_id = serializers.IntegerField()
    protocol_label = serializers.CharField()
    here = serializers.FloatField()
    there = serializers.FloatField()
    difference = MeasuredSerializer(help_text="Here minus there, of the same items.")
    flips = FlipsSerializer(allow_null=True)
    p_value = serializers.FloatField()
    test = serializers.CharField()
    smallest_difference = serializers.FloatField(allow_null=True)
    only_here = serializers.IntegerField()
    only_there = serializers.IntegerField()
    is_by_problem = serializers.BooleanField()


class OrderSpreadSerializer(serializers.Serializer):
    """Problems right in every order, in some, in none."""

    problems = serializers.IntegerField()
    always = serializers.IntegerField()
    sometimes = serializers.IntegerField()
    never = serializers.IntegerField()
    deviation = serializers.FloatField()


class ExpectationSerializer(serializers.Serializer):
    """What a way of answering without understanding would score on average."""

    name = serializers.CharField()
    label = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    problems = serializers.IntegerField()


class ScorerReportSerializer(serializers.Serializer):
    """All that one scorer says."""

    scorer = serializers.CharField()
    label = serializers.CharField()
    overall = MeasuredSerializer()
    by_problem = MeasuredSerializer(allow_null=True)
    strata_count = serializers.IntegerField(
        help_text="How many groups are compared; their intervals are not adjusted for it."
    )
    groupings = GroupingSerializer(many=True)
    positions_from_end = GroupingSerializer(allow_null=True)
    positions_from_start = GroupingSerializer(allow_null=True)
    when_copied = GroupingSerializer(allow_null=True)
    comparisons = ComparisonSerializer(many=True)
    order_spread = OrderSpreadSerializer(allow_null=True)
    expectations = ExpectationSerializer(many=True)
    smallest_difference = serializers.FloatField(allow_null=True)


class AgreementSerializer(serializers.Serializer):
    """How far two scorers say the same of the same answers."""

    first = serializers.CharField()
    second = serializers.CharField()
    share = serializers.FloatField(allow_null=True)
    share_low = serializers.FloatField()
    share_high = serializers.FloatField()
    kappa = serializers.FloatField(allow_null=True)
    kappa_low = serializers.FloatField()
    kappa_high = serializers.FloatField()
    n = serializers.IntegerField()
    problems = serializers.IntegerField()
    first_only = serializers.IntegerField()
    second_only = serializers.IntegerField()


class CopyingSerializer(serializers.Serializer):
    """How often an answer is that of a shown example."""

    any = MeasuredSerializer()
    last = MeasuredSerializer()


class PlannedSerializer(serializers.Serializer):
    """How the planned predictions ended."""

    planned = serializers.IntegerField()
    problems = serializers.IntegerField()
    held_out = serializers.IntegerField()
    ok = serializers.IntegerField()
    refused = serializers.IntegerField()
    unparsable = serializers.IntegerField()
    error = serializers.IntegerField()
    pending = serializers.IntegerField()


class FailureKindSerializer(serializers.Serializer):
    """Calls that failed alike."""

    words = serializers.CharField(allow_blank=True)
    http_status = serializers.IntegerField(allow_null=True)
    count = serializers.IntegerField()


class ResourcesSerializer(serializers.Serializer):
    """Milliseconds, tokens, and their price."""

    latency_p50 = serializers.FloatField(allow_null=True)
    latency_p95 = serializers.FloatField(allow_null=True)
    latency_n = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cached_tokens = serializers.IntegerField()
    tokens_n = serializers.IntegerField()
    price = serializers.CharField(allow_null=True)


class RunReportSerializer(serializers.Serializer):
    """Everything that is known of a run."""

    version = serializers.IntegerField(help_text="Of what is computed, and its shape.")
    outcomes = PlannedSerializer()
    failures = FailureKindSerializer(many=True)
    scorers = ScorerReportSerializer(many=True)
    agreements = AgreementSerializer(many=True)
    copying = CopyingSerializer(allow_null=True)
    resources = ResourcesSerializer()
    seed = serializers.IntegerField(help_text="Of the bootstrap.")
    resamples = serializers.IntegerField()
    group_resamples = serializers.IntegerField(help_text="Of a group of answers.")
    confidence = serializers.FloatField()


class KeptReportSerializer(serializers.Serializer):
    """The last report of a run; null until a worker computed one."""

    run_id = serializers.IntegerField()
    is_current = serializers.BooleanField(
        help_text="Whether nothing changed since, and the run is not at work."
    )
    computed_at = serializers.DateTimeField(allow_null=True)
    report = RunReportSerializer(allow_null=True)
