"""Who may do what with trials: pure predicates beside those of curation."""

from curation.models import Problem, User
from curation.permissions import can_see_draft, can_see_reviews


def can_see_trials(person: User, problem: Problem) -> bool:
    """May read what models said of it: author and editors, a reviewer after their own verdict.

    The page shows the answer, which a reviewer must not know before.
    """
    revision = problem.current_revision
    if revision is None:
        return can_see_draft(person, problem)
    return can_see_reviews(person, revision)
