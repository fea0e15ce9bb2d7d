"""Releases, what is in them, and what editors do with them."""

from rest_framework import serializers

from curation.api.fields import Flag, Strict, Text, Whole
from curation.api.serializers.links import Link
from curation.api.serializers.problems import AnnotationsSerializer, PanelSerializer
from curation.models import HubPush, Release
from curation.models.hub_push import REPOSITORY_PATTERN
from curation.models.release import VERSION_PATTERN, ReleaseMove
from curation.permissions import can_edit_collection


class ReleaseSerializer(serializers.Serializer):
    """A version: a list of revisions that never changes, and the files made from it."""

    version = serializers.CharField()
    url = Link("curation_api:release_detail", "version")
    page_url = Link("curation:release_detail", "version")
    problems_url = Link("curation_api:release_problems", "version")
    files_url = Link("curation_api:release_files", "version")
    stage = serializers.ChoiceField(choices=Release.Stage.choices)
    status = serializers.ChoiceField(
        choices=Release.Status.choices, help_text="How far the writing of its files is."
    )
    is_public = serializers.BooleanField(help_text="Whether it is read without signing in.")
    notes = serializers.CharField(allow_blank=True)
    license = serializers.SerializerMethodField(
        help_text="Of questions and answers; each image has its own."
    )
    problem_count = serializers.IntegerField()
    byte_size = serializers.IntegerField(allow_null=True, help_text="Of all files.")
    held_out_percent = serializers.IntegerField()
    cut_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)
    yanked_at = serializers.DateTimeField(allow_null=True)
    yanked_because = serializers.CharField(allow_blank=True)
    open_moves = serializers.SerializerMethodField(
        help_text="What you may do with it now: post to its address with this word at the end."
    )

    def get_open_moves(self, release: Release) -> list[ReleaseMove]:
        """None for those who are no editors."""
        person = self.context["request"].user
        return release.open_moves if can_edit_collection(person) else []

    def get_license(self, release: Release) -> str:
        """As an SPDX identifier."""
        return str(release.card.get("license", ""))


class ReleasedProblemSerializer(serializers.Serializer):
    """A problem as a release has it. The answer of a held-out one is in no answer of the API."""

    position = serializers.IntegerField()
    problem_id = serializers.UUIDField()
    revision = serializers.IntegerField(help_text="Its number.")
    revision_sha256 = serializers.CharField(
        allow_null=True, help_text="Null where it is held out: the hash commits to the answer."
    )
    commitment = serializers.CharField(
        allow_null=True, help_text="Where it is held out: what the whole can be checked by later."
    )
    public_sha256 = serializers.CharField(
        allow_null=True, help_text="Where it is held out: the hash of what is told of it."
    )
    is_held_out = serializers.BooleanField()
    is_retired = serializers.BooleanField(help_text="Found faulty since: see the release's page.")
    annotations = AnnotationsSerializer()
    examples = PanelSerializer(many=True)
    query = PanelSerializer()


class ReleaseFileSerializer(serializers.Serializer):
    """A file of a release."""

    path = serializers.CharField()
    sha256 = serializers.CharField()
    byte_size = serializers.IntegerField()
    url = Link("curation:release_file", "release.version", "path")


class CutBody(Strict):
    """What is cut: everything that is approved now, unless some of it is chosen."""

    version = serializers.RegexField(VERSION_PATTERN, max_length=20)
    notes = Text(required=False, default="")
    specialties = serializers.ListField(
        child=Text(max_length=50, allow_blank=False),
        required=False,
        default=list,
        max_length=100,
        help_text="Their slugs; none named means all.",
    )
    left_out = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        default=list,
        max_length=1000,
        help_text="Ids of problems that this release does not list.",
    )
    held_out_percent = Whole(
        required=False,
        default=0,
        min_value=0,
        max_value=90,
        help_text="The share of the new problems whose answers are in no file.",
    )
    seed = Whole(required=False, default=42, min_value=0, max_value=2**31 - 1)
    is_public = Flag(required=False, default=True, help_text="Read without signing in.")
    limits = Text(required=False, default="", help_text="Known limits, in Markdown.")


class YankBody(Strict):
    """Why a release is taken back."""

    because = Text(allow_blank=False, max_length=2000)


class PushSerializer(serializers.Serializer):
    """A release on its way to a repository of a hub of data sets."""

    id = serializers.IntegerField()
    url = Link("curation_api:push_detail", "release.version", "id")
    repository = serializers.CharField()
    is_private = serializers.BooleanField()
    status = serializers.ChoiceField(choices=HubPush.Status.choices)
    requested_at = serializers.DateTimeField()
    requested_by = serializers.CharField(help_text="By name.")
    done_files = serializers.IntegerField(help_text="That have arrived.")
    total_files = serializers.IntegerField()
    done_bytes = serializers.IntegerField()
    total_bytes = serializers.IntegerField()
    commit_url = serializers.CharField(allow_blank=True, help_text="The last commit at the hub.")
    failure = serializers.CharField(allow_blank=True)
    not_before = serializers.DateTimeField(
        allow_null=True, help_text="When it goes on by itself, where the hub asked to wait."
    )


class PushBody(Strict):
    """Where to, and who may read it there."""

    repository = serializers.RegexField(REPOSITORY_PATTERN, max_length=193)
    is_private = Flag(required=False, default=False)
