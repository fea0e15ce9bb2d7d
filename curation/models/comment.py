"""Comments: remarks at a field of a panel of a revision, with replies, open or resolved."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q

from curation.domain.anchors import Anchor
from curation.models.problem import Problem
from curation.models.review import Review
from curation.models.revision import Revision

if TYPE_CHECKING:
    from curation.models.user import User


class CommentQuerySet(models.QuerySet["Comment"]):
    """Which comments?"""

    def of_problem(self, problem: Problem) -> Self:
        """Those on any of its revisions, as they were written."""
        return self.filter(revision__problem=problem).order_by("written_at", "pk")

    def threads(self) -> Self:
        """Those that start a thread."""
        return self.filter(parent__isnull=True)

    def unresolved(self) -> Self:
        """Threads that still want an answer."""
        return self.threads().filter(resolved_at__isnull=True)

    def open_by_problem(self, problems: Iterable[Problem], person: "User") -> dict[UUID, int]:
        """How many sent threads that this person reads still want an answer, if any do."""
        threads = self.visible_to(person).unresolved().sent()
        threads = threads.filter(revision__problem__in=list(problems))
        rows = threads.order_by().values_list("revision__problem")
        return dict(rows.annotate(count=models.Count("pk")))

    def by(self, person: "User") -> Self:
        """Those of one person."""
        return self.filter(written_by=person)

    def sent(self) -> Self:
        """Those that others may read."""
        return self.filter(is_sent=True)

    def drafts(self) -> Self:
        """Those that wait for their writer's verdict."""
        return self.filter(is_sent=False)

    def on(self, revision: Revision) -> Self:
        """Those on one revision."""
        return self.filter(revision=revision)

    def up_to(self, revision: Revision) -> Self:
        """Those on this revision or an earlier one."""
        return self.filter(revision__number__lte=revision.number)

    def that_is(self, comment: "Comment") -> Self:
        """This one, if it is among them."""
        return self.filter(pk=comment.pk)

    def of_problems(self, problems: models.QuerySet[Problem]) -> Self:
        """Those on the revisions of these problems."""
        return self.filter(revision__problem__in=problems)

    def visible_to(self, person: "User") -> Self:
        """One's own; of what was sent everything for authors and editors.

        A reviewer reads what others say of a revision after judging it, and replies to their own.
        """
        mine, sent = Q(written_by=person), Q(is_sent=True)
        if person.is_editor:
            return self.filter(mine | sent)
        judged = Exists(Review.objects.by(person).filter(revision=OuterRef("revision")))
        is_told = Q(revision__problem__author=person) | Q(parent__written_by=person) | judged
        return self.filter(mine | (sent & is_told))

    def with_replies(self, person: "User") -> Self:
        """With all that a page shows of threads, in two queries at any number of them."""
        replies = Comment.objects.visible_to(person).select_related("written_by")
        people = ("written_by", "resolved_by", "revision__problem__author")
        return self.select_related(*people).prefetch_related(Prefetch("replies", queryset=replies))


class Comment(models.Model):
    """One remark or reply. Once sent its words never change, only a thread's being resolved."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="comments")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replies"
    )
    # Index in the revision's content.panels, none for the problem as a whole.
    panel = models.PositiveSmallIntegerField(null=True, blank=True)
    # question, answer, image ... or the name of an annotation; empty for the panel as a whole.
    field = models.CharField(max_length=40, blank=True)
    text = models.TextField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="comments"
    )
    written_at = models.DateTimeField(auto_now_add=True)
    # Drafts of a review that is not sent yet are seen by their writer alone.
    is_sent = models.BooleanField(default=False)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ("written_at", "pk")
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="comment_says_something"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolved_by__isnull=True)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False),
                name="comment_resolved_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"comment on {self.revision}"

    @property
    def anchor(self) -> Anchor:
        """What it is about."""
        return Anchor(self.panel, self.field)

    @property
    def is_open(self) -> bool:
        """Whether it still wants an answer."""
        return self.resolved_at is None
