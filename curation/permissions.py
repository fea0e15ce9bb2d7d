"""Who may do what: pure predicates, the one place that answers.

"May this person ever?" is asked here; "is it legal now?" is asked by the verb. What a person may
not see is decided by the `visible_to` of a query set, so that it is absent rather than forbidden.
"""

from collections.abc import Iterable
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from curation.models import (
    AnswerSeen,
    Comment,
    Image,
    Problem,
    ReleaseItem,
    Review,
    Revision,
    Status,
    StatusChange,
    User,
)

_PUBLIC = (Status.PUBLISHED, Status.RETIRED)


def is_member(person: User) -> bool:
    """Everybody who can log in: releases, runs and the leaderboard are for them."""
    return person.is_active


def can_author(person: User) -> bool:
    """May start problems and bring images."""
    return person.is_author


def can_review(person: User) -> bool:
    """May judge what others submitted."""
    return person.is_reviewer


def can_edit_collection(person: User | AnonymousUser) -> bool:
    """May invite people, decide disputes, cut releases, set up endpoints and start runs."""
    return isinstance(person, User) and person.is_editor


def can_write_problem(person: User, problem: Problem) -> bool:
    """May change the draft: only its author."""
    return person.is_author and problem.author_id == person.pk


def can_describe_image(person: User, image: Image) -> bool:
    """May say where it is from and what it shows: who brought it."""
    return image.uploaded_by_id == person.pk


def can_withdraw_problem(person: User, problem: Problem) -> bool:
    """May take back a submission: only its author, also after losing the role."""
    return problem.author_id == person.pk


def can_review_problem(person: User, problem: Problem) -> bool:
    """May judge this problem: a reviewer who did not write it."""
    return person.is_reviewer and problem.author_id != person.pk


def can_decide_problem(person: User, problem: Problem) -> bool:
    """May approve, return or reject it over the reviewers' heads: an editor who is none of them."""
    if not can_retire_problem(person, problem):
        return False
    return not Review.objects.of_problem(problem).by(person).exists()


def can_retire_problem(person: User, problem: Problem) -> bool:
    """May keep it out of the next releases: an editor who did not write it."""
    return person.is_editor and problem.author_id != person.pk


def can_see_draft(person: User, problem: Problem) -> bool:
    """May read what was not submitted yet: its author and the editors."""
    return person.is_editor or problem.author_id == person.pk


def can_see_reviews(person: User, revision: Revision) -> bool:
    """May read others' verdicts: author and editors always, a reviewer after giving their own."""
    is_judge = revision.reviews.by(person).exists  # asked last, for it is a query
    return can_see_draft(person, revision.problem) or is_judge()


def is_answer_public(problem: Problem) -> bool:
    """Whether a release told it to everybody: published, also if retired since, not held out."""
    return problem.status in _PUBLIC and problem.release_items.disclosing().exists()


def is_held_out(problem: Problem) -> bool:
    """Whether releases have it and none of them told its answer."""
    return problem.status in _PUBLIC and not is_answer_public(problem)


def has_seen_answer(person: User, problem: Problem) -> bool:
    """Knows its answers: its author, who was shown them, and who judged it before.

    Those that a release published, everybody may know.
    """
    return not _unknown([problem], person)


def _unknown(problems: Iterable[Problem], person: User | AnonymousUser) -> set[UUID]:
    """Of which of these this person does not know the answers; three queries at any number."""
    left = {problem.pk: problem for problem in problems if problem.author_id != person.pk}
    released = [problem for problem in left.values() if problem.status in _PUBLIC]
    told = ReleaseItem.objects.disclosing().of_problems(released)
    _drop(left, told.values_list("problem", flat=True))
    if isinstance(person, User):
        seen = AnswerSeen.objects.by(person).of_problems(left.values())
        _drop(left, seen.values_list("problem", flat=True))
        judged = Review.objects.by(person).of_problems(left.values())
        _drop(left, judged.values_list("revision__problem", flat=True))
    return set(left)


def _drop(left: dict[UUID, Problem], known: Iterable[UUID]) -> None:
    for pk in known:
        left.pop(pk, None)


def can_see_answer(person: User, problem: Problem) -> bool:
    """May read its answers: its author, the editors, and a reviewer who answered it blind.

    Of a published problem everybody may, unless every release that has it holds the answer back.
    """
    return not answers_hidden_from(person, [problem])


def answers_hidden_from(person: User | AnonymousUser, problems: Iterable[Problem]) -> set[UUID]:
    """Of which of these this person may not read the answers; few queries at any number."""
    if isinstance(person, User) and person.is_editor:
        return set()
    return _unknown(problems, person)


def is_blind(person: User, problem: Problem) -> bool:
    """May judge it and does not know its answer: is asked for theirs before it is shown."""
    return can_review_problem(person, problem) and not has_seen_answer(person, problem)


def is_reviewer_hidden(reader: User, person: User, problem: Problem) -> bool:
    """Whether an author is not told who this is of those who judge their problem."""
    is_the_author = reader.pk == problem.author_id != person.pk
    return settings.HIDE_REVIEWERS and is_the_author and person.is_reviewer


def can_comment(person: User, problem: Problem) -> bool:
    """May write at its fields: author, editors, and reviewers once they know the answer."""
    is_concerned = can_see_draft(person, problem) or can_review_problem(person, problem)
    return is_concerned and can_see_answer(person, problem)


def can_read_reason(person: User, change: StatusChange) -> bool:
    """May read why it was moved: as the verdicts it came of, and everybody once it is published.

    Not of what a release holds out: what people wrote about it may tell the answer.
    """
    problem = change.problem
    if change.changed_by_id == person.pk or is_answer_public(problem):
        return True
    if change.revision is None:
        return can_see_draft(person, problem)
    return can_see_reviews(person, change.revision)


def can_settle_comment(person: User, comment: Comment) -> bool:
    """May say that it is done, or is not: who wrote it, the problem's author, the editors."""
    return comment.written_by_id == person.pk or can_see_draft(person, comment.revision.problem)


def is_lacking_second_factor(person: User) -> bool:
    """Must set up two-factor sign-in before anything else, as the installation asks of editors."""
    if not settings.REQUIRE_MFA_FOR_EDITORS or not (person.is_editor or person.is_staff):
        return False
    factors = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return not Authenticator.objects.filter(user=person, type__in=factors).exists()
