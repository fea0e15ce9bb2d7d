"""The three roles, as columns: one person may have them all."""

from django.db import models


class HasRoles(models.Model):
    """Who has roles, or will have them by accepting an invitation."""

    is_author = models.BooleanField("author", default=False)
    is_reviewer = models.BooleanField("reviewer", default=False)
    is_editor = models.BooleanField("editor", default=False)

    class Meta:
        abstract = True

    @property
    def role_names(self) -> tuple[str, ...]:
        """The roles in words."""
        roles = {"author": self.is_author, "reviewer": self.is_reviewer, "editor": self.is_editor}
        return tuple(name for name, is_held in roles.items() if is_held)
