"""Problems, panels and revisions, as they are given and as they are written."""

from typing import Any

from rest_framework import serializers

from curation.api.fields import Choice, Strict, Text, Whole
from curation.api.paging import Paging
from curation.api.serializers.links import Link
from curation.domain.content import Annotations, PanelRole
from curation.domain.rules import MAX_EXAMPLES
from curation.forms.fields import LONGEST_TEXT
from curation.models import ANNOTATION_CHOICES, Image, ImageLicense, Specialty, Stage, Status
from curation.permissions import can_describe_image
from curation.saving import facts_of

_ROLES = [role.value for role in PanelRole]
_MOST_VARIANTS = 50


class AnnotationsSerializer(serializers.Serializer):
    """SMMILE's six; an empty text says that it is not chosen yet."""

    specialty = serializers.CharField(allow_blank=True)
    answer_format = serializers.CharField(allow_blank=True)
    image_type = serializers.CharField(allow_blank=True)
    cognitive_process = serializers.CharField(allow_blank=True)
    rarity = serializers.CharField(allow_blank=True)
    difficulty = serializers.CharField(allow_blank=True)


class PanelImageSerializer(serializers.Serializer):
    """A picture and what is said of it. Null: not to be told here, or not said."""

    sha256 = serializers.CharField()
    media_type = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    alt_text = serializers.CharField(allow_null=True)
    source = serializers.CharField(allow_null=True)
    license = serializers.CharField(allow_null=True)
    attribution = serializers.CharField(allow_null=True)
    url = serializers.URLField(allow_null=True, help_text="Where its bytes are.")


class PanelSerializer(serializers.Serializer):
    """One question, image and answer. A null answer is withheld."""

    role = serializers.ChoiceField(choices=_ROLES)
    question = serializers.CharField(allow_blank=True)
    answer = serializers.CharField(allow_null=True, allow_blank=True)
    accepted_variants = serializers.ListField(child=serializers.CharField(), allow_null=True)
    image = PanelImageSerializer(allow_null=True)


class WrittenPanelSerializer(PanelSerializer):
    """A panel of a problem. Its author gets an id to write to, and the version of each text."""

    id = serializers.IntegerField(allow_null=True)
    versions = serializers.DictField(
        child=serializers.CharField(),
        help_text="Of each text, what a change of it must name; empty where you cannot write.",
    )


class FindingSerializer(serializers.Serializer):
    """What a rule found: missing and error block submitting, a warning is to be explained."""

    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=["missing", "error", "warning"])
    message = serializers.CharField()
    panel = serializers.IntegerField(allow_null=True, help_text="Index in `panels`.")
    field = serializers.CharField(allow_blank=True)


class ProblemRowSerializer(serializers.Serializer):
    """A problem in a list."""

    id = serializers.UUIDField()
    url = Link("curation_api:problem_detail", "id")
    page_url = Link("curation:problem_overview", "id")
    status = serializers.ChoiceField(choices=Status.choices)
    specialty = serializers.CharField(allow_null=True)
    question = serializers.CharField(
        allow_null=True, help_text="What its query asks; null while its author rewrites it."
    )
    is_mine = serializers.BooleanField()
    author = serializers.CharField(allow_null=True, help_text="For editors, and of your own.")
    version = serializers.IntegerField(help_text="Of the draft: name it when submitting.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ContentSerializer(serializers.Serializer):
    """What somebody who asks may know of a content."""

    is_blind = serializers.BooleanField(
        help_text="You may review this and have not answered it yet: nothing tells the answer."
    )
    stage = serializers.ChoiceField(
        choices=Stage.choices,
        allow_null=True,
        help_text="What you answer next, on the page of the review: first the query alone.",
    )
    annotations = AnnotationsSerializer(allow_null=True)
    panels = WrittenPanelSerializer(many=True)


class RevisionRowSerializer(serializers.Serializer):
    """A revision in a list. The hash commits to the answer: it is null until you may know that."""

    id = serializers.IntegerField()
    url = Link("curation_api:revision_detail", "id")
    problem_id = serializers.UUIDField()
    number = serializers.IntegerField()
    sha256 = serializers.CharField(allow_null=True)
    submitted_at = serializers.DateTimeField()
    required_approvals = serializers.IntegerField()


class RevisionSerializer(RevisionRowSerializer, ContentSerializer):
    """A revision with what it says."""


class ProblemSerializer(ProblemRowSerializer, ContentSerializer):
    """A problem with what it says: to its author and editors the draft, to others the revision."""

    revision = RevisionRowSerializer(allow_null=True)
    findings = FindingSerializer(many=True, help_text="For its author, while it is a draft.")


class ProblemQuery(Paging):
    """Which problems."""

    status = serializers.ChoiceField(choices=Status.choices, required=False)
    specialty = serializers.CharField(
        required=False, max_length=50, help_text="Its slug; see /api/v1/vocabulary."
    )


class AnnotationsBody(Strict):
    """The six annotations; what is left out stays open."""

    specialty = Text(required=False, max_length=50)
    answer_format = Choice(choices=ANNOTATION_CHOICES["answer_format"].choices, required=False)
    image_type = Choice(choices=ANNOTATION_CHOICES["image_type"].choices, required=False)
    cognitive_process = Choice(
        choices=ANNOTATION_CHOICES["cognitive_process"].choices, required=False
    )
    rarity = Choice(choices=ANNOTATION_CHOICES["rarity"].choices, required=False)
    difficulty = Choice(choices=ANNOTATION_CHOICES["difficulty"].choices, required=False)

    def validate_specialty(self, value: str) -> str:
        """One of the specialties that there are."""
        if value and not Specialty.objects.filter(pk=value).exists():
            raise serializers.ValidationError("There is no such specialty.")
        return value

    def annotations(self) -> Annotations:
        """The frozen value."""
        return Annotations(**self.validated_data)


class NewPanelBody(Strict):
    """A panel's words."""

    role = Choice(choices=_ROLES)
    question = Text(required=False, default="")
    answer = Text(required=False, default="")
    accepted_variants = serializers.ListField(
        child=Text(allow_blank=False, max_length=500),
        max_length=_MOST_VARIANTS,
        required=False,
        default=list,
    )


class NewProblemBody(Strict):
    """A draft in words: 1 to 10 examples, then the query. Images are brought afterwards."""

    annotations = AnnotationsBody(required=False)
    panels = NewPanelBody(many=True, min_length=2, max_length=MAX_EXAMPLES + 1)

    def validate_panels(self, panels: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """One query, which is last."""
        roles = [panel["role"] for panel in panels]
        if roles.count("query") != 1 or roles[-1] != "query":
            raise serializers.ValidationError("A problem has examples, and then one query.")
        return panels


class PanelChangeBody(Strict):
    """Texts of a panel and of what is said of its image, each with the version it was read at."""

    question = Text(required=False)
    answer = Text(required=False)
    accepted_variants = serializers.ListField(
        child=Text(allow_blank=False, max_length=500), max_length=_MOST_VARIANTS, required=False
    )
    source = Text(required=False, max_length=300)
    license = Choice(choices=ImageLicense.choices, required=False)
    attribution = Text(required=False, max_length=300)
    alt_text = Text(required=False, max_length=300)
    versions = serializers.DictField(
        child=Text(max_length=16),
        help_text="Of each text that is sent, its version as the panel gave it.",
    )

    def validate_accepted_variants(self, variants: list[str]) -> list[str]:
        """Each on one line, together as long as a text may be."""
        if any(len(variant.splitlines()) != 1 for variant in variants):
            raise serializers.ValidationError("A variant is one line.")
        if sum(map(len, variants)) > LONGEST_TEXT:
            raise serializers.ValidationError(f"Together they have {LONGEST_TEXT} characters.")
        return variants

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """At least one text, and a version for each."""
        sent = {name for name in attrs if name != "versions"}
        if not sent:
            raise serializers.ValidationError("Send at least one text.")
        said = ["Send the version at which you read it, from the panel's `versions`."]
        if unnamed := dict.fromkeys(sorted(sent - set(attrs["versions"])), said):
            raise serializers.ValidationError({"versions": unnamed})
        return attrs


class SubmitBody(Strict):
    """The version of the draft that is submitted."""

    version = Whole(min_value=1, max_value=2**31 - 1)


class WithdrawBody(Strict):
    """Why, if there is something to say."""

    comment = Text(required=False, default="", max_length=2000)


class ImageSerializer(serializers.Serializer):
    """A picture. What is said of it is given to who brought it."""

    id = serializers.UUIDField()
    url = Link("curation_api:image_detail", "id")
    file_url = Link("curation_api:image_file", "id")
    sha256 = serializers.CharField()
    media_type = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    byte_size = serializers.IntegerField()
    about = serializers.SerializerMethodField()

    def get_about(self, image: Image) -> dict[str, str] | None:
        """Source, license, attribution, description and whether no patient can be recognized."""
        is_mine = can_describe_image(self.context["request"].user, image)
        return facts_of(image) if is_mine else None


class ImageUploadBody(Strict):
    """A picture as a file: JPEG, PNG, WebP, TIFF, BMP or GIF."""

    file = serializers.FileField()
