"""Taking, keeping and giving back a reviewer's place; asking somebody to take one.

Every verb here locks the problem first, as verdicts and moves do: what is counted stays true until
it is written, and a claim meets a verdict, a withdrawal or another claim in one order or the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from curation import auditing
from curation.domain.places import Places
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import (
    Assignment,
    Claim,
    Decline,
    Problem,
    Review,
    Revision,
    Status,
    User,
    Verdict,
    What,
)
from curation.models.review import Saying
from curation.notifications import tell_of_assignment

_ASSIGNABLE = (Status.DRAFT, Status.SUBMITTED, Status.CHANGES_REQUESTED, Status.WITHDRAWN)


def hours_kept() -> int:
    """How long a place is kept."""
    return int(settings.CLAIM_HOURS)


def can_assign(problem: Problem) -> bool:
    """Whether somebody may be asked to judge it: it is, or will be, before the reviewers."""
    return problem.status in _ASSIGNABLE


def places_of(problems: Sequence[Problem], now: datetime) -> dict[int, Places]:
    """The places of the current revisions, by their keys: four queries at any number.

    Load the problems with their `current_revision`.
    """
    revisions = [problem.current_revision for problem in problems if problem.current_revision]
    sayings = Review.objects.of_problems(problems).sayings()
    claims = list(Claim.objects.on(*revisions).held_at(now))
    assignments = list(Assignment.objects.of_problems(problems))
    declines = list(Decline.objects.on(*revisions))
    return {
        revision.pk: _places(
            revision,
            sayings=[one for one in sayings if one.problem == revision.problem_id],
            held={
                one.reviewer_id: one.expires_at for one in claims if one.revision_id == revision.pk
            },
            assigned={
                one.reviewer_id for one in assignments if one.problem_id == revision.problem_id
            },
            declined={one.reviewer_id for one in declines if one.revision_id == revision.pk},
            now=now,
        )
        for revision in revisions
    }


def _places(
    revision: Revision,
    *,
    sayings: Sequence[Saying],
    held: Mapping[int, datetime],
    assigned: Iterable[int],
    declined: Iterable[int],
    now: datetime,
) -> Places:
    current = [one for one in sayings if one.revision == revision.pk]
    judged = frozenset(one.reviewer for one in current)
    gone = judged.union(declined)
    until = revision.submitted_at + timedelta(hours=settings.CLAIM_HOURS)
    returning = {one.reviewer for one in sayings if one.can_return} if now < until else set()
    return Places(
        required=revision.required_approvals,
        approvals=sum(one.verdict == Verdict.APPROVE for one in current),
        judged=judged,
        held=held,
        assigned=frozenset(assigned) - gone,
        returning=frozenset(returning - gone),
        returning_until=until,
    )


@transaction.atomic
def take_place(revision: Revision, by: User, *, is_in_turn: bool = False) -> Claim:
    """Make sure that `by` holds a place, from now for as long as places are kept.

    Whoever holds one already keeps the moment they took it; one that expired may be anybody's.
    In turn, as the queue gives them out, places wait for those who judged an earlier revision.
    Whoever answers without having asked for a place is only refused if none is left.
    """
    problem = _locked(revision.problem_id)
    now = timezone.now()
    _require_open(problem, revision)
    Decline.objects.on(revision).by(by).delete()
    places = places_of([problem], now)[revision.pk]
    if never := _why_never(problem, places, by):
        raise WrongMomentError(never)
    is_free = places.is_free_for if is_in_turn else places.has_room_for
    if not is_free(by.pk):
        raise WrongMomentError(places.why_not(by.pk, now))
    return _kept(revision, by, now) or _taken(revision, by, now)


def _locked(problem_id: UUID) -> Problem:
    # Without its revision, which an outer join brings: PostgreSQL locks no row that may be missing.
    problem: Problem = Problem.objects.select_for_update().get(pk=problem_id)
    return problem


def _require_open(problem: Problem, revision: Revision) -> None:
    if problem.status != Status.SUBMITTED:
        status = problem.get_status_display().lower()
        raise WrongMomentError(f"This problem is {status} by now; it takes no reviews.")
    if problem.current_revision_id != revision.pk:
        raise WrongMomentError("The author submitted a newer revision. Review that one instead.")


def why_no_place(revision: Revision, by: User) -> str:
    """Why somebody cannot judge what is under review just now, in a sentence; empty if they can."""
    problem, now = revision.problem, timezone.now()
    places = places_of([problem], now)[revision.pk]
    never = _why_never(problem, places, by)
    return never or ("" if places.has_room_for(by.pk) else places.why_not(by.pk, now))


def _why_never(problem: Problem, places: Places, by: User) -> str:
    """Why this person has no place here, however many there are; empty if they may have one."""
    if problem.author_id == by.pk or by.pk in places.judged:
        return "You have no place here: a revision takes one review a person, never its author's."
    seen = by.answers_seen.of_problem(problem).elsewhere_than_reviewing(by)
    if seen.exists():
        return (
            "You have seen this problem's answer already, so you cannot answer it blind. "
            "Take another one from the queue."
        )
    return ""


def _kept(revision: Revision, by: User, now: datetime) -> Claim | None:
    """Their own place, kept longer; from now if it had expired meanwhile."""
    claim = Claim.objects.on(revision).by(by).first()
    if claim is None:
        return None
    if claim.expires_at <= now:
        claim.claimed_at = now
    claim.expires_at = max(claim.expires_at, _end(now))
    claim.save(update_fields=["claimed_at", "expires_at"])
    return claim


def _end(now: datetime) -> datetime:
    return now + timedelta(hours=settings.CLAIM_HOURS)


def _taken(revision: Revision, by: User, now: datetime) -> Claim:
    """A place that expired, if it is still as it was seen; else one that nobody had."""
    for old in Claim.objects.on(revision).expired_at(now):
        as_seen = Claim.objects.on(revision).by(old.reviewer).expired_at(old.expires_at)
        if as_seen.update(reviewer=by, claimed_at=now, expires_at=_end(now)):
            return Claim.objects.on(revision).by(by).get()
    used = set(Claim.objects.on(revision).values_list("slot", flat=True))
    slot = next(number for number in range(len(used) + 1) if number not in used)
    try:
        with transaction.atomic():
            return Claim.objects.create(
                revision=revision, slot=slot, reviewer=by, claimed_at=now, expires_at=_end(now)
            )
    except IntegrityError as error:  # the database's own count, should a lock ever be forgotten
        raise WrongMomentError("Somebody took this place a moment ago. Reload the page.") from error


def take_first(problems: Iterable[Problem], by: User) -> Claim | None:
    """A place at the first of these that has one; none if others were quicker everywhere."""
    for problem in problems:
        revision = problem.current_revision
        if revision is None:
            continue
        try:
            return take_place(revision, by, is_in_turn=True)
        except WrongMomentError:
            continue
    return None


@transaction.atomic
def end_claim(revision: Revision, by: User) -> Claim | None:
    """Remove the place that this person has, expired or not, and answer what it was."""
    claim = Claim.objects.on(revision).by(by).first()
    if claim is not None:
        Claim.objects.on(revision).by(by).delete()
    return claim


@transaction.atomic
def release_claim(revision: Revision, by: User) -> None:
    """Give a place back for others."""
    _locked(revision.problem_id)
    if end_claim(revision, by) is None:
        raise WrongMomentError("You hold no place here any more. There is nothing to give back.")


@transaction.atomic
def decline(revision: Revision, by: User) -> None:
    """Leave a revision to others, and give back a place that is held."""
    problem = _locked(revision.problem_id)
    _require_open(problem, revision)
    end_claim(revision, by)
    _, is_new = Decline.objects.get_or_create(revision=revision, reviewer=by)
    if is_new:
        auditing.record_declined(revision, by)


@transaction.atomic
def assign(
    problem: Problem, reviewer: User, *, by: User, due_at: datetime | None = None
) -> Assignment:
    """Ask somebody to judge a problem: they have a place beyond those that everybody may take."""
    problem = _locked(problem.pk)
    if not can_assign(problem):
        status = problem.get_status_display().lower()
        raise WrongMomentError(f"This problem is {status} by now; it takes no reviews.")
    if not User.objects.who_may_judge(problem).contains(reviewer):
        raise InvalidContentError(f"{reviewer} cannot review this problem. Choose somebody else.")
    if due_at is not None and due_at <= timezone.now():
        raise InvalidContentError("Name a day that is still to come.")
    before = Assignment.objects.of_problems([problem]).of(reviewer).first()
    assignment, is_new = Assignment.objects.update_or_create(
        problem=problem,
        reviewer=reviewer,
        defaults={"due_at": due_at},
        create_defaults={"due_at": due_at, "assigned_by": by},
    )
    if problem.current_revision is not None:
        Decline.objects.on(problem.current_revision).by(reviewer).delete()
    if is_new:
        tell_of_assignment(assignment)
    if before is None or before.due_at != due_at:
        auditing.record_asked(What.ASKED, assignment, by=by)
    return assignment


@transaction.atomic
def unassign(assignment: Assignment, *, by: User) -> None:
    """Take the wish back; a place that is held because of it stays theirs until it expires."""
    _locked(assignment.problem_id)
    deleted, _ = Assignment.objects.filter(pk=assignment.pk).delete()
    if deleted:
        auditing.record_asked(What.ASKED_NO_MORE, assignment, by=by)
