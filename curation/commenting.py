"""Remarks on revisions: written, answered, settled, and sent together with a verdict."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from curation import claiming, notifications
from curation.domain.anchors import Anchor
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import Comment, Problem, Revision, User


class ChangedCommentError(WrongMomentError):
    """Another window wrote something else into a comment that is not sent yet: `text`."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"You changed this comment in another window, where it says: “{text}” "
            "Save once more to have what is written here instead."
        )
        self.text = text


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


def why_no_part(revision: Revision, person: User) -> str:
    """Why remarks of this person do not belong here now, in a sentence; empty where they do.

    Its author's, the editors' and those of who judged it do. A reviewer's come with a verdict: who
    gave none in time or can have no place has no part in what is said.
    """
    is_theirs = person.is_editor or person.pk == revision.problem.author_id
    if is_theirs or _has_judged(revision, person):
        return ""
    if not awaits_verdict(revision, person):
        return "This revision takes no verdicts any more, so nothing can be remarked with one."
    why = claiming.why_no_place(revision, person)
    return f"Comments are sent with a verdict, and you have no place for one. {why}" if why else ""


def _require_part(revision: Revision, person: User) -> None:
    if why := why_no_part(revision, person):
        raise WrongMomentError(why)


@transaction.atomic
def send_comments(revision: Revision, by: User) -> Sequence[Comment]:
    """Send what waited for this reviewer's verdict, which tells its author of them, too."""
    drafts = Comment.objects.drafts().by(by).threads().on(revision)
    comments = list(drafts.select_related("revision__problem__author", "parent"))
    drafts.update(is_sent=True)
    return comments


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
def rewrite(comment: Comment, *, by: User, text: str, seen: str) -> None:
    """Put other words in place of those that were not sent yet, and that the writer saw.

    What another window wrote meanwhile is not overwritten unknowingly.
    """
    # Verdicts take the same lock: what they send is what the author is told.
    Problem.objects.select_for_update().get(pk=comment.revision.problem_id)
    said, draft = _said(text), Comment.objects.drafts().by(by).that_is(comment).first()
    if draft is None:
        raise WrongMomentError("This comment was sent: others may have read it, so it is kept.")
    if draft.text not in (seen.strip(), said):
        raise ChangedCommentError(draft.text)
    Comment.objects.drafts().that_is(comment).update(text=said)


@transaction.atomic
def discard(comment: Comment, *, by: User) -> None:
    """Throw away what was not sent yet. A comment that was sent is kept."""
    deleted, _ = Comment.objects.drafts().by(by).that_is(comment).delete()
    if not deleted:
        raise WrongMomentError("This comment was sent: others may have read it, so it is kept.")
