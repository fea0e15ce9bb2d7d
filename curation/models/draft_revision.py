"""Draft revisions: a draft frozen to be tried on a model. Nobody reviews or releases them."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from curation.domain.content import ProblemContent
from curation.models.problem import Problem

if TYPE_CHECKING:
    from curation.models.user import User


class DraftRevisionQuerySet(models.QuerySet["DraftRevision"]):
    """Which draft revisions?"""

    def frozen(self, problem: Problem, *, by: "User") -> "DraftRevision":
        """What the draft says now; the same content is frozen once. Load it `with_panels`."""
        content = problem.content()
        frozen, _ = self.get_or_create(
            problem=problem,
            sha256=content.sha256(),
            defaults={"content_json": content.canonical_json(), "frozen_by": by},
        )
        return frozen


class DraftRevision(models.Model):
    """The canonical JSON of a draft at one moment, and its hash."""

    # Goes with a draft that is thrown away; what was submitted is kept by its revisions.
    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="draft_revisions")
    content_json = models.TextField()
    sha256 = models.CharField(max_length=64)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    frozen_at = models.DateTimeField(auto_now_add=True)

    objects = DraftRevisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("problem", "sha256"), name="draft_revision_once_a_content"
            ),
        ]

    def __str__(self) -> str:
        return f"draft {self.sha256[:12]} of {self.problem}"

    def content(self) -> ProblemContent:
        """The frozen value, read back from its canonical JSON."""
        return ProblemContent.from_json(self.content_json)
