"""Who may do what with trials and judges: pure predicates beside those of curation."""

from curation.models import Problem, User
from curation.permissions import can_see_answer, can_see_draft


def can_see_trials(person: User, problem: Problem) -> bool:
    """May read what models said of it: author and editors, a reviewer who knows the answer.

    The page shows the answer, which a reviewer must not know before they gave theirs.
    """
    if problem.current_revision is None:
        return can_see_draft(person, problem)
    return can_see_answer(person, problem)


def can_check_judge(person: User) -> bool:
    """May say blind whether responses are right: the experts, who write or review, and editors.

    Only of problems whose answer they may know; see `expert_checks`.
    """
    return person.is_author or person.is_reviewer or person.is_editor
