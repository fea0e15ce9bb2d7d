"""What is kept of a question to a model, in a run or in a trial."""

from django.db import models

from evaluation.clients.chat_reply import LONGEST_HEAD, LONGEST_ID
from evaluation.domain.outcomes import Outcome

_CUT = frozenset({"length", "max_tokens"})


class HasAnswer(models.Model):
    """What came back and how it was read, as columns."""

    outcome = models.CharField(
        max_length=10, choices=[(kind.value, kind.value) for kind in Outcome], blank=True
    )
    completion = models.TextField(blank=True)
    parsed = models.TextField(blank=True)
    parse_pattern = models.CharField(max_length=30, blank=True)
    images_sent = models.JSONField(default=list, blank=True)
    # What the server says has arrived; null where it says nothing about it.
    images_received = models.JSONField(null=True, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    input_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    cached_tokens = models.PositiveIntegerField(null=True, blank=True)
    finish_reason = models.CharField(max_length=50, blank=True)
    served_model = models.CharField(max_length=200, blank=True)
    # How a reply began that was no answer, and what the server calls the request in its own logs.
    reply_head = models.CharField(max_length=LONGEST_HEAD, blank=True)
    server_request_id = models.CharField(max_length=LONGEST_ID, blank=True)

    class Meta:
        abstract = True

    @property
    def is_cut(self) -> bool:
        """Whether the token limit ended the reply before the model did."""
        return self.finish_reason in _CUT
