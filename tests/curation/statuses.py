"""Problems in every status, each reached by the verbs, and the people who take them there."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from curation import authoring, blind, releases, reviewing, workflow
from curation.domain.checklist import ITEMS
from curation.models import (
    AnswerSeen,
    BlindAnswer,
    Problem,
    Release,
    Revision,
    Status,
    User,
    Verdict,
)
from tests.factories import DIAGNOSES, Shown, make_person, make_problem

# The same pictures in every problem: they are made once.
_EXAMPLES = tuple(Shown(answer=answer, picture=i) for i, answer in enumerate(DIAGNOSES, start=1))
_QUERY = Shown(answer=DIAGNOSES[1], picture=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Enough people to publish."""

    author: User
    reviewers: tuple[User, User, User]
    editor: User


def make_crew() -> Crew:
    """Five different people."""
    first, second, third = (make_person(is_reviewer=True) for _ in range(3))
    return Crew(
        author=make_person(is_author=True),
        reviewers=(first, second, third),
        editor=make_person(is_editor=True),
    )


def make_draft(crew: Crew) -> Problem:
    """A draft that may be submitted."""
    return make_problem(crew.author, examples=_EXAMPLES, query=_QUERY)


def bring_to(status: Status, crew: Crew) -> Problem:
    """A new problem that the verbs took to this status."""
    problem = make_draft(crew)
    for take_there in _WAYS[status]:
        take_there(problem, crew)
        problem = Problem.objects.get(pk=problem.pk)
    assert problem.status == status
    return problem


def submit(problem: Problem, crew: Crew) -> Revision:
    """The author submits it, with a word changed where it was returned."""
    if problem.status == Status.CHANGES_REQUESTED:
        mend(problem)
    return workflow.submit(problem, by=crew.author, version=problem.version)


def mend(problem: Problem) -> None:
    """The author changes a word."""
    panel = problem.panels.in_order()[0]
    authoring.write_panel(
        panel,
        version=problem.version,
        question=f"{panel.question} Look again.",
        answer=panel.answer,
        accepted_variants=panel.accepted_variants,
    )
    problem.refresh_from_db(fields=["version"])


def current(problem: Problem) -> Revision:
    """The revision that the database has as the current one now."""
    revision = Problem.objects.get(pk=problem.pk).current_revision
    assert revision is not None
    return revision


def judge(problem: Problem, by: User, verdict: Verdict, comment: str = "") -> None:
    """A reviewer who knows the answer judges the current revision, with every item confirmed."""
    judge_revision(current(problem), by, verdict, comment)


def judge_revision(revision: Revision, by: User, verdict: Verdict, comment: str = "") -> None:
    """The same of any revision."""
    if by.pk != revision.problem.author_id:
        know_answer(revision.problem, by)
    reviewing.record_review(
        revision,
        by=by,
        verdict=verdict,
        comment=comment,
        checklist=dict.fromkeys(ITEMS, True),
        annotations=asdict(revision.content().annotations),
    )


def review_form(revision: Revision, verdict: Verdict, comment: str = "") -> dict[str, str]:
    """What the page of a review sends, with every item confirmed."""
    return {
        "verdict": verdict,
        "comment": comment,
        **{f"checklist-{name}": "yes" for name in ITEMS},
        **{f"annotation-{name}": x for name, x in asdict(revision.content().annotations).items()},
    }


def know_answer(problem: Problem, *people: User) -> None:
    """As after they left out both blind answers, and gave their places back."""
    for person in people:
        revision = current(problem)
        for stage in blind.stages_left(person, revision):
            BlindAnswer.objects.create(
                revision=revision,
                reviewer=person,
                stage=stage,
                seconds=30,
                skipped_because="Not my field.",
            )
        AnswerSeen.objects.get_or_create(problem=problem, person=person)


def dispute(problem: Problem, crew: Crew) -> None:
    """The first two reviewers approve, the third would reject it: an editor must decide."""
    judge(problem, crew.reviewers[2], Verdict.REJECT, "The query shows another organ.")
    approve_by_two(problem, crew)


def approve_by_two(problem: Problem, crew: Crew) -> None:
    """The first two reviewers approve."""
    for reviewer in crew.reviewers[:2]:
        judge(problem, reviewer, Verdict.APPROVE)


def request_changes(problem: Problem, crew: Crew) -> None:
    """The first reviewer returns it."""
    judge(problem, crew.reviewers[0], Verdict.REQUEST_CHANGES, "Say which side.")


def release(problem: Problem, crew: Crew) -> None:
    """The editor cuts and publishes the next version."""
    cut_and_publish(releases.suggested_version(), by=crew.editor)


def cut_and_publish(version: str, *, by: User, **how: Any) -> Release:
    """A new release, published as after a worker wrote its files."""
    cut = cut_ready(version, by=by, **how)
    releases.publish_release(cut, by=by)
    cut.refresh_from_db()
    return cut


def cut_ready(version: str, *, by: User, **how: Any) -> Release:
    """A draft as after a worker wrote its files."""
    cut = releases.cut_release(version, **{"notes": "", "by": by, **how})
    Release.objects.filter(pk=cut.pk).update(status=Release.Status.READY)
    cut.refresh_from_db()
    return cut


def withdraw(problem: Problem, crew: Crew) -> None:
    """The author takes it back."""
    workflow.withdraw(problem, by=crew.author, comment="Not yet.")


def reject(problem: Problem, crew: Crew) -> None:
    """The editor refuses it."""
    workflow.reject(problem, by=crew.editor, comment="Not for us.")


def retire(problem: Problem, crew: Crew) -> None:
    """The editor keeps it out of the next releases."""
    workflow.retire(problem, by=crew.editor, comment="Wrong side.")


type _Step = Callable[[Problem, Crew], object]

_WAYS: Mapping[Status, tuple[_Step, ...]] = {
    Status.DRAFT: (),
    Status.SUBMITTED: (submit,),
    Status.CHANGES_REQUESTED: (submit, request_changes),
    Status.APPROVED: (submit, approve_by_two),
    Status.PUBLISHED: (submit, approve_by_two, release),
    Status.REJECTED: (submit, reject),
    Status.WITHDRAWN: (submit, withdraw),
    Status.RETIRED: (submit, approve_by_two, release, retire),
}
