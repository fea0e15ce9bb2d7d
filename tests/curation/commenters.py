"""Remarks of the people of a crew."""

from curation.commenting import write_comment
from curation.domain.anchors import Anchor
from curation.models import Comment, Problem, User
from tests.curation.statuses import current, know_answer

QUESTION = Anchor(0, "question")


def remark(
    problem: Problem, by: User, text: str = "Which side?", *, anchor: Anchor = QUESTION
) -> Comment:
    """A new thread on the current revision."""
    know_answer(problem, by)
    return write_comment(current(problem), by=by, anchor=anchor, text=text)
