"""Remarks on revisions: written, answered, settled, and sent together with a verdict."""

from django.db import transaction
from django.utils import timezone

from curation import notifications
from curation.domain.anchors import Anchor
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import Comment, Problem, Revision, User


@transaction.atomic
def write_comment(revision: Revision, *, by: User, anchor: Anchor, text: str) -> Comment:
    """Start a thread. What a reviewer writes before their verdict waits for it, unseen."""
    # Verdicts take the same lock: what is written beside one is either sent with it or after it.
    revision.problem = Problem.objects.select_for_update().get(pk=revision.problem_id)
    if not anchor.is_in(revision.content()):
        raise InvalidContentError("This revision has no such place. Choose one from the list.")
    _require_part(revision, by)
    is_sent = not awaits_verdict(revision, by)
    comment = Comment.objects.create(
        revision=revision,
        panel=anchor.panel,
        field=anchor.field,
        text=_said(text),
        written_by=by,
        is_sent=is_sent,
    )
    if is_sent:
        notifications.tell_of_comments([comment], by=by)
    return comment


def _said(text: str) -> str:
    if not text.strip():
        raise InvalidContentError("Write what should be looked at, or choose a reason.")
    return text.strip()


def awaits_verdict(revision: Revision, person: User) -> bool:
    """Whether what this person writes now is part of a review that is not sent yet.

    Editors who hold no place for judging it are not reviewing: what they write is sent at once.
    """
    if person.pk == revision.problem.author_id or _has_judged(revision, person):
        return False
    is_reviewing = not person.is_editor or revision.claims.by(person).exists()
    return revision.is_under_review and is_reviewing


def _has_judged(revision: Revision, person: User) -> bool:
    return revision.reviews.by(person).exists()


def takes_part(revision: Revision, person: User) -> bool:
    """Whether remarks of this person belong here: its author's, an editor's, a judge's.

    A reviewer who gave no verdict in time has no part in what is said of it afterwards.
    """
    is_theirs = person.is_editor or person.pk == revision.problem.author_id
    return is_theirs or _has_judged(revision, person) or awaits_verdict(revision, person)


def _require_part(revision: Revision, person: User) -> None:
    if not takes_part(revision, person):
        raise WrongMomentError(
            "This revision takes no verdicts any more, so nothing can be remarked with one."
        )


@transaction.atomic
def send_comments(revision: Revision, by: User) -> int:
    """Send what waited for this reviewer's verdict; how many that were."""
    drafts = Comment.objects.drafts().by(by).threads().on(revision)
    comments = list(drafts.select_related("revision__problem__author", "parent"))
    drafts.update(is_sent=True)
    notifications.tell_of_comments(comments, by=by)
    return len(comments)


@transaction.atomic
def reply(thread: Comment, *, by: User, text: str) -> Comment:
    """Answer in a thread, at once: it stays with the revision that the thread is about."""
    _require_sent(thread)
    answer = Comment.objects.create(
        revision=thread.revision,
        parent=thread,
        panel=thread.panel,
        field=thread.field,
        text=_said(text),
        written_by=by,
        is_sent=True,
    )
    notifications.tell_of_comments([answer], by=by)
    return answer


def _require_sent(thread: Comment) -> None:
    if not thread.is_sent:
        raise WrongMomentError("This comment is sent with your verdict. Discard it, or wait.")


@transaction.atomic
def resolve(thread: Comment, *, by: User, text: str = "") -> None:
    """Say that nothing is left to do, with a last word if there is one; done is done once."""
    _require_sent(thread)
    if text.strip():
        reply(thread, by=by, text=text)
    still = Comment.objects.unresolved().that_is(thread)
    still.update(resolved_at=timezone.now(), resolved_by=by)


@transaction.atomic
def reopen(thread: Comment, *, by: User, text: str = "") -> None:
    """Say that something is left to do after all."""
    _require_sent(thread)
    if text.strip():
        reply(thread, by=by, text=text)
    Comment.objects.threads().that_is(thread).update(resolved_at=None, resolved_by=None)


@transaction.atomic
def discard(comment: Comment, *, by: User) -> None:
    """Throw away what was not sent yet. A comment that was sent is kept."""
    deleted, _ = Comment.objects.drafts().by(by).that_is(comment).delete()
    if not deleted:
        raise WrongMomentError("This comment was sent: others may have read it, so it is kept.")
