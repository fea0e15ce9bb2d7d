"""What is granted of an endpoint, where no Redis keeps it."""

from datetime import datetime

from django.db import models
from django.db.models.functions import Now

from evaluation.models.endpoint import ModelEndpoint


class EndpointAllowanceQuerySet(models.QuerySet["EndpointAllowance"]):
    """Which document?"""

    def locked_with_now(self, endpoint_id: int) -> "tuple[EndpointAllowance, datetime]":
        """An endpoint's, held until the transaction ends, and the database's time."""
        self.get_or_create(endpoint_id=endpoint_id)
        kept = self.select_for_update(of=("self",)).get(endpoint_id=endpoint_id)
        # Asked once it is ours: the wait for it must not count as time that passed.
        return kept, self.values_list(Now(), flat=True).get(endpoint_id=endpoint_id)


class EndpointAllowance(models.Model):
    """One endpoint's document; what it says is for `domain/allowance.py`."""

    endpoint = models.OneToOneField(
        ModelEndpoint, on_delete=models.CASCADE, primary_key=True, related_name="allowance"
    )
    document = models.JSONField(default=dict)

    objects = EndpointAllowanceQuerySet.as_manager()

    def __str__(self) -> str:
        return f"What is granted of {self.endpoint}"
