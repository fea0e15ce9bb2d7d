"""What editors changed about people: append-only, the database refuses anything else."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class AccountChange(models.Model):
    """One change to somebody's account, by whom and when."""

    class Kind(models.TextChoices):
        """What was changed."""

        ROLES = "roles", "Roles changed"
        DEACTIVATED = "deactivated", "Account closed"
        REACTIVATED = "reactivated", "Account opened again"
        SECOND_FACTOR_REMOVED = "second_factor_removed", "Two-factor removed"

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="account_changes"
    )
    kind = models.CharField(max_length=30, choices=Kind)
    # The roles in words, of a change of roles.
    before = models.CharField(max_length=60, blank=True)
    after = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="account_changes_made"
    )
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-changed_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="roles") | ~Q(before=F("after")),
                name="accountchange_roles_differ",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.person}"
