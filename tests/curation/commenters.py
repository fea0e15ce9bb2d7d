"""Reviewers who know the answer, and remarks of the people of a crew."""

from curation.commenting import write_comment
from curation.domain.anchors import Anchor
from curation.models import AnswerSeen, Comment, Problem, User
from tests.curation.statuses import current

QUESTION = Anchor(0, "question")


def know_answer(problem: Problem, *people: User) -> None:
    """As after both blind answers."""
    for person in people:
        AnswerSeen.objects.get_or_create(problem=problem, person=person)


def remark(
    problem: Problem, by: User, text: str = "Which side?", *, anchor: Anchor = QUESTION
) -> Comment:
    """A new thread on the current revision."""
    know_answer(problem, by)
    return write_comment(current(problem), by=by, anchor=anchor, text=text)
