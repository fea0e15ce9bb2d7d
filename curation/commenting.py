"""Comments on a revision: drafts until the verdict sends them."""

from curation.models import Comment, Revision, User
from curation.notifications import tell_of_comments


def send_comments(revision: Revision, by: User) -> int:
    """Let the author and the others read what somebody noted while judging; how many those are."""
    drafts = Comment.objects.by(by).filter(revision=revision, is_sent=False)
    sent = list(drafts.select_related("revision__problem__author", "parent"))
    drafts.update(is_sent=True)
    tell_of_comments(sent, by=by)
    return len(sent)
