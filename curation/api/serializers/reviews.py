"""Verdicts and comments, and the words that annotations are chosen from."""

from rest_framework import serializers

from curation.models import Verdict


class ReviewSerializer(serializers.Serializer):
    """One reviewer's verdict on one revision."""

    id = serializers.IntegerField()
    revision = serializers.IntegerField(help_text="Its number.")
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    comment = serializers.CharField(allow_blank=True)
    reviewer = serializers.CharField(help_text="A number where names are kept from authors.")
    submitted_at = serializers.DateTimeField()


class CommentSerializer(serializers.Serializer):
    """A remark at a field of a panel, or a reply to one."""

    id = serializers.IntegerField()
    revision = serializers.IntegerField(help_text="Its number.")
    parent = serializers.IntegerField(allow_null=True)
    panel = serializers.IntegerField(allow_null=True, help_text="Its index in the revision.")
    field = serializers.CharField(allow_blank=True)
    text = serializers.CharField()
    written_by = serializers.CharField()
    written_at = serializers.DateTimeField()
    is_sent = serializers.BooleanField(help_text="Not yet: it waits for your verdict.")
    resolved_at = serializers.DateTimeField(allow_null=True)


class WordSerializer(serializers.Serializer):
    """A value and what it is called."""

    value = serializers.CharField()
    label = serializers.CharField()


class VocabularySerializer(serializers.Serializer):
    """What each annotation may be."""

    specialty = WordSerializer(many=True)
    answer_format = WordSerializer(many=True)
    image_type = WordSerializer(many=True)
    cognitive_process = WordSerializer(many=True)
    rarity = WordSerializer(many=True)
    difficulty = WordSerializer(many=True)
    image_license = WordSerializer(many=True)
