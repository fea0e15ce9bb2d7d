"""Endpoints: how to reach a model, or which baseline answers without one."""

from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

# The prefix keeps an endpoint from naming, and so from sending away, any other secret.
KEY_VARIABLE_PATTERN = r"^MODEL_KEY_[A-Z0-9_]+\Z"


class EndpointKind(models.TextChoices):
    """Who answers."""

    OPENAI_COMPATIBLE = "openai_compatible", "Model behind an OpenAI-compatible chat API"
    RANDOM_EXAMPLE = "random_example", "Baseline: answer of a random example"
    MAJORITY_EXAMPLE = "majority_example", "Baseline: most frequent answer of the examples"
    LAST_EXAMPLE = "last_example", "Baseline: answer of the last example"
    MOST_ALIKE_EXAMPLE = (
        "most_alike_example",
        "Baseline: answer of the example whose image is most like the query's",
    )
    RANDOM_CHOICE = "random_choice", "Baseline: a random choice, in multiple choice"
    IMPORTED = "imported", "Predictions made elsewhere"


SET_UP_HERE = [kind for kind in EndpointKind if kind is not EndpointKind.IMPORTED]


class Weights(models.TextChoices):
    """Whether everybody can have the model, as far as the editor said."""

    UNSAID = "", "not said"
    OPEN = "open", "open weights"
    CLOSED = "closed", "closed weights"


class ModelEndpointQuerySet(models.QuerySet["ModelEndpoint"]):
    """Which endpoints?"""

    def active(self) -> Self:
        """Those that new runs may use."""
        return self.filter(is_active=True)

    def set_up_here(self) -> Self:
        """Those that can be asked, now or once they are active."""
        return self.exclude(kind=EndpointKind.IMPORTED)

    def with_a_server(self) -> Self:
        """Those behind an address."""
        return self.filter(kind=EndpointKind.OPENAI_COMPATIBLE)

    def able_to_judge(self) -> Self:
        """Models that may be asked."""
        return self.active().with_a_server()

    def open_to_authors(self) -> Self:
        """Those on which authors may try their drafts."""
        return self.active().filter(is_open_to_authors=True)

    def with_run_count(self) -> Self:
        """With `run_count`."""
        return self.annotate(run_count=models.Count("runs"))

    def locked(self, endpoint_id: int) -> "ModelEndpoint":
        """The endpoint, read anew and held until the transaction ends."""
        return self.select_for_update().get(pk=endpoint_id)


class ModelEndpoint(models.Model):
    """One model at one address, or one baseline. The key itself is never stored, only its name."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(
        max_length=20, choices=EndpointKind, default=EndpointKind.OPENAI_COMPATIBLE
    )
    base_url = models.CharField("address", max_length=500, blank=True)
    model = models.CharField(max_length=200, blank=True)
    key_variable = models.CharField(
        "name of the key's variable",
        max_length=100,
        blank=True,
        validators=[
            RegexValidator(
                KEY_VARIABLE_PATTERN,
                "Name an environment variable that starts with MODEL_KEY_, such as "
                "MODEL_KEY_HOSPITAL; never enter the key itself.",
            )
        ],
    )
    max_concurrency = models.PositiveSmallIntegerField(
        "requests at once",
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(256)],
    )
    timeout_seconds = models.PositiveSmallIntegerField(
        "seconds to wait for an answer",
        default=120,
        validators=[MinValueValidator(1), MaxValueValidator(900)],
    )
    weights = models.CharField(
        "weights", max_length=10, choices=Weights, default=Weights.UNSAID, blank=True
    )
    is_medical = models.BooleanField("trained for medicine", default=False)
    billion_parameters = models.DecimalField(
        "size in billions of parameters",
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    requests_per_minute = models.PositiveIntegerField(
        "requests a minute", null=True, blank=True, validators=[MinValueValidator(1)]
    )
    tokens_per_minute = models.PositiveIntegerField(
        "tokens a minute", null=True, blank=True, validators=[MinValueValidator(1)]
    )
    input_price_per_million = models.DecimalField(
        "price of a million tokens in",
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    output_price_per_million = models.DecimalField(
        "price of a million tokens out",
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    max_image_side = models.PositiveIntegerField(
        "longest side of an image in pixels",
        null=True,
        blank=True,
        validators=[MinValueValidator(16)],
    )
    max_image_bytes = models.PositiveIntegerField(
        "most bytes of an image", null=True, blank=True, validators=[MinValueValidator(10_000)]
    )
    is_active = models.BooleanField("may be used by new runs", default=True)
    is_open_to_authors = models.BooleanField("authors may try problems on it", default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="endpoints"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ModelEndpointQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=EndpointKind.values), name="endpoint_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(Q(kind=EndpointKind.OPENAI_COMPATIBLE), ~Q(base_url=""), ~Q(model=""))
                | Q(
                    ~Q(kind=EndpointKind.OPENAI_COMPATIBLE), base_url="", model="", key_variable=""
                ),
                name="endpoint_address_iff_model",
            ),
            models.CheckConstraint(
                condition=Q(key_variable="") | Q(key_variable__startswith="MODEL_KEY_"),
                name="endpoint_key_is_a_model_key",
            ),
            models.CheckConstraint(
                condition=Q(max_concurrency__range=(1, 256), timeout_seconds__range=(1, 900)),
                name="endpoint_limits_are_possible",
            ),
            models.CheckConstraint(
                condition=~Q(kind=EndpointKind.IMPORTED)
                | Q(is_active=False, is_open_to_authors=False),
                name="endpoint_imported_is_never_asked",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_baseline(self) -> bool:
        """Whether it answers without a model."""
        return self.kind not in {EndpointKind.OPENAI_COMPATIBLE, EndpointKind.IMPORTED}

    @property
    def is_imported(self) -> bool:
        """Whether it only names who made predictions elsewhere; nobody can ask it."""
        return self.kind == EndpointKind.IMPORTED

    @property
    def tags(self) -> list[str]:
        """What kind of model it is, in few words each."""
        size = self.billion_parameters
        return [
            *([Weights(self.weights).label] if self.weights else []),
            *(["medical"] if self.is_medical else []),
            *([f"{size.normalize():f} B"] if size else []),
        ]

    def manifest_entry(self) -> dict[str, Any]:
        """What a manifest records of it."""
        names = ("name", "kind", "base_url", "model", "max_concurrency", "timeout_seconds")
        limits = ("requests_per_minute", "tokens_per_minute", "max_image_side", "max_image_bytes")
        prices = (self.input_price_per_million, self.output_price_per_million)
        return {
            **{name: getattr(self, name) for name in (*names, *limits)},
            "prices_per_million": [None if price is None else str(price) for price in prices],
        }
