"""The moves of a problem: which are taken from where, what each leaves, what submitting freezes."""

import hashlib
import itertools
from collections.abc import Callable, Mapping

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from curation import authoring, workflow
from curation.domain.checklist import ITEMS
from curation.errors import InvalidContentError, StaleDraftError, WrongMomentError
from curation.models import (
    SIGNED,
    Comment,
    CoveredRevision,
    Move,
    Problem,
    Provenance,
    Release,
    ReleaseItem,
    Review,
    Revision,
    Status,
    StatusChange,
    User,
    Verdict,
)
from tests.curation import statuses
from tests.curation.invariants import broken_invariants
from tests.curation.statuses import (
    Crew,
    bring_to,
    current,
    judge,
    know_answer,
    make_crew,
    make_draft,
    review_form,
)

pytestmark = pytest.mark.django_db

# Written down a second time on purpose: a move that is added or lost must be meant.
_LEGAL = {
    (Status.DRAFT, Move.SUBMIT): Status.SUBMITTED,
    (Status.SUBMITTED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.SUBMITTED, Move.REQUEST_CHANGES): Status.CHANGES_REQUESTED,
    (Status.SUBMITTED, Move.APPROVE): Status.APPROVED,
    (Status.SUBMITTED, Move.OVERRULE): Status.APPROVED,
    (Status.SUBMITTED, Move.RETURN): Status.CHANGES_REQUESTED,
    (Status.APPROVED, Move.RETURN): Status.CHANGES_REQUESTED,
    (Status.SUBMITTED, Move.REJECT): Status.REJECTED,
    (Status.CHANGES_REQUESTED, Move.SUBMIT): Status.SUBMITTED,
    (Status.CHANGES_REQUESTED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.CHANGES_REQUESTED, Move.REJECT): Status.REJECTED,
    (Status.APPROVED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.APPROVED, Move.REJECT): Status.REJECTED,
    (Status.APPROVED, Move.PUBLISH): Status.PUBLISHED,
    (Status.WITHDRAWN, Move.REOPEN): Status.DRAFT,
    (Status.PUBLISHED, Move.RETIRE): Status.RETIRED,
    (Status.DRAFT, Move.IMPORT): Status.APPROVED,
}


@pytest.fixture
def crew() -> Crew:
    return make_crew()


def _approve(problem: Problem, crew: Crew) -> None:
    """As a reviewer's verdict does it, once two reviews are there."""
    if problem.status == Status.SUBMITTED:
        for reviewer in crew.reviewers[:2]:
            Review.objects.create(
                revision=current(problem),
                reviewer=reviewer,
                verdict=Verdict.APPROVE,
                checklist=dict.fromkeys(ITEMS, True),
            )
    workflow.approve(problem, by=crew.reviewers[1])


def _publish(problem: Problem, crew: Crew) -> None:
    """As a release does it, once it lists the problem."""
    if problem.status == Status.APPROVED:
        release = Release.objects.create(version="1.0.0", cut_by=crew.editor)
        ReleaseItem.objects.create(
            release=release, problem=problem, revision=current(problem), position=0
        )
        Release.objects.filter(pk=release.pk).update(status=Release.Status.READY)
        Release.objects.filter(pk=release.pk).update(
            stage=Release.Stage.PUBLISHED, published_at=timezone.now(), published_by=crew.editor
        )
    workflow.publish([problem], by=crew.editor, comment="Release 1.0.0")


def _request_changes(problem: Problem, crew: Crew) -> None:
    workflow.request_changes(problem, by=crew.editor, comment="Say which side.")


def _overrule(problem: Problem, crew: Crew) -> None:
    """As an editor does it, once there is a dispute."""
    if problem.status == Status.SUBMITTED:
        statuses.dispute(problem, crew)
    workflow.overrule(problem, by=crew.editor, comment="I looked at it.")


def _send_back(problem: Problem, crew: Crew) -> None:
    workflow.send_back(problem, by=crew.editor, comment="Say which side.")


def _reopen(problem: Problem, crew: Crew) -> None:
    workflow.reopen(problem, by=crew.author)


def _take_over(problem: Problem, crew: Crew) -> None:
    """As an import does it, once an editor signed for what another installation released.

    To the database the editor is the author of what came in.
    """
    revision = _signed_for(problem, crew) if problem.status == Status.DRAFT else current(problem)
    workflow.take_over(revision, by=crew.author, comment="Imported from Elsewhere")


def _signed_for(problem: Problem, crew: Crew) -> Revision:
    content = problem.content()
    revision = Revision.objects.create(
        problem=problem,
        number=1,
        content_json=content.canonical_json(),
        sha256=content.sha256(),
        required_approvals=2,
        submitted_by=crew.author,
    )
    User.objects.filter(pk=crew.author.pk).update(is_editor=True)
    provenance = Provenance.objects.create(
        imported_by=crew.author,
        version="1.0.0",
        origin_name="Elsewhere",
        manifest_sha256="0" * 64,
        has_manifest=True,
    )
    CoveredRevision.objects.create(provenance=provenance, revision=revision)
    return revision


# How each move is made, by whom, and what it says.
_MOVES: Mapping[Move, tuple[Callable[[Problem, Crew], object], Callable[[Crew], User], str]] = {
    Move.SUBMIT: (statuses.submit, lambda crew: crew.author, ""),
    Move.WITHDRAW: (statuses.withdraw, lambda crew: crew.author, "Not yet."),
    Move.REOPEN: (_reopen, lambda crew: crew.author, ""),
    Move.REQUEST_CHANGES: (_request_changes, lambda crew: crew.editor, "Say which side."),
    Move.APPROVE: (_approve, lambda crew: crew.reviewers[1], ""),
    Move.OVERRULE: (_overrule, lambda crew: crew.editor, "I looked at it."),
    Move.RETURN: (_send_back, lambda crew: crew.editor, "Say which side."),
    Move.REJECT: (statuses.reject, lambda crew: crew.editor, "Not for us."),
    Move.PUBLISH: (_publish, lambda crew: crew.editor, "Release 1.0.0"),
    Move.RETIRE: (statuses.retire, lambda crew: crew.editor, "Wrong side."),
    Move.IMPORT: (_take_over, lambda crew: crew.author, "Imported from Elsewhere"),
}


def _changes(problem: Problem) -> list[StatusChange]:
    return list(problem.status_changes.order_by("pk"))


@pytest.mark.parametrize(("old", "move"), sorted(_LEGAL))
def test_a_legal_move_leaves_the_new_status_and_one_record(
    old: Status, move: Move, crew: Crew
) -> None:
    problem = bring_to(old, crew)
    before = _changes(problem)
    make_move, mover, comment = _MOVES[move]
    make_move(problem, crew)
    problem.refresh_from_db()
    assert problem.status == _LEGAL[old, move]
    *others, change = _changes(problem)
    assert others == before
    recorded = (change.move, change.old, change.new, change.changed_by, change.comment)
    assert recorded == (move, old, problem.status, mover(crew), comment)
    assert change.revision == problem.current_revision
    assert broken_invariants() == {}


@pytest.mark.parametrize(
    ("old", "move"), sorted(set(itertools.product(Status, Move)) - set(_LEGAL))
)
def test_any_other_move_is_the_wrong_moment_and_changes_nothing(
    old: Status, move: Move, crew: Crew
) -> None:
    problem = bring_to(old, crew)
    before = Problem.objects.filter(pk=problem.pk).values().get(), _changes(problem)
    with pytest.raises(WrongMomentError):
        _MOVES[move][0](problem, crew)
    assert (Problem.objects.filter(pk=problem.pk).values().get(), _changes(problem)) == before
    assert not workflow.can_move(problem, move)


def test_a_move_from_a_status_that_someone_left_meanwhile_is_refused(crew: Crew) -> None:
    seen_before = bring_to(Status.SUBMITTED, crew)
    statuses.withdraw(Problem.objects.get(pk=seen_before.pk), crew)
    assert seen_before.status == Status.SUBMITTED
    with pytest.raises(WrongMomentError, match="Reload"):
        statuses.reject(seen_before, crew)
    assert [change.move for change in _changes(seen_before)] == [Move.SUBMIT, Move.WITHDRAW]


@pytest.mark.parametrize(
    ("old", "verb"),
    [
        (Status.SUBMITTED, workflow.request_changes),
        (Status.SUBMITTED, workflow.reject),
        (Status.SUBMITTED, workflow.overrule),
        (Status.SUBMITTED, workflow.send_back),
        (Status.PUBLISHED, workflow.retire),
    ],
)
def test_a_move_against_the_author_needs_a_reason(
    old: Status, verb: Callable[..., None], crew: Crew
) -> None:
    problem = bring_to(old, crew)
    before = _changes(problem)
    with pytest.raises(InvalidContentError, match="Say why"):
        verb(problem, by=crew.editor, comment=" \n")
    problem.refresh_from_db()
    assert (problem.status, _changes(problem)) == (old, before)


def test_submitting_freezes_the_canonical_text_its_hash_and_its_images(
    crew: Crew, settings: Settings
) -> None:
    settings.REQUIRED_APPROVALS = 3
    draft = make_draft(crew)
    authoring.explain_warning(draft, version=1, code="image_small", text="They are discs.")
    revision = statuses.submit(draft, crew)
    revision.refresh_from_db()
    assert revision.content_json == draft.content().canonical_json()
    assert revision.sha256 == hashlib.sha256(revision.content_json.encode()).hexdigest()
    assert revision.content() == draft.content()
    assert set(revision.images.all()) == {panel.image for panel in draft.panels.all()}
    assert revision.explanations == {"image_small": "They are discs."}
    frozen = (revision.number, revision.required_approvals, revision.submitted_by)
    assert frozen == (1, 3, crew.author)
    assert current(draft) == revision


def test_a_revision_stays_as_it_was_while_its_author_goes_on_writing(crew: Crew) -> None:
    problem = bring_to(Status.CHANGES_REQUESTED, crew)
    frozen = current(problem)
    panel = problem.panels.in_order()[0]
    authoring.write_panel(
        panel, version=problem.version, question="Which side?", answer="Left", accepted_variants=[]
    )
    kept = problem.revisions.get()
    assert (kept.content_json, kept.sha256) == (frozen.content_json, frozen.sha256)
    assert "Which side?" not in kept.content_json


def test_a_new_revision_starts_without_approvals(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    first = current(problem)
    judge(problem, crew.reviewers[0], Verdict.APPROVE)
    judge(problem, crew.reviewers[1], Verdict.REQUEST_CHANGES, "Say which side.")
    problem.refresh_from_db()
    second = statuses.submit(problem, crew)
    assert (first.number, second.number) == (1, 2)
    assert second.reviews.count() == 0
    assert first.reviews.approvals().count() == 1
    judge(problem, crew.reviewers[1], Verdict.APPROVE)
    problem.refresh_from_db()
    assert problem.status == Status.SUBMITTED


def test_an_approved_problem_that_is_withdrawn_and_submitted_again_needs_new_approvals(
    crew: Crew,
) -> None:
    problem = bring_to(Status.APPROVED, crew)
    statuses.withdraw(problem, crew)
    workflow.reopen(problem, by=crew.author)
    statuses.submit(problem, crew)
    with pytest.raises(WrongMomentError, match="too few approvals"):
        workflow.approve(problem, by=crew.editor)


def test_what_has_errors_is_not_submitted_and_freezes_nothing(crew: Crew) -> None:
    draft = make_draft(crew)
    draft.panels.filter(position=0).update(answer="")
    with pytest.raises(InvalidContentError, match="1 thing must be mended"):
        statuses.submit(draft, crew)
    draft.refresh_from_db()
    assert (draft.status, draft.version, draft.current_revision) == (Status.DRAFT, 1, None)
    assert not draft.revisions.exists()
    assert _changes(draft) == []


def test_what_was_checked_is_what_is_frozen(crew: Crew) -> None:
    loaded = Problem.objects.with_panels().get(pk=make_draft(crew).pk)
    assert loaded.panels.all()
    # Not a change of the problem: the image's facts belong to the image, which others may show.
    image = loaded.panels.all()[0].image
    assert image is not None
    type(image).objects.filter(pk=image.pk).update(source="")
    with pytest.raises(InvalidContentError, match="1 thing must be mended"):
        statuses.submit(loaded, crew)
    assert not loaded.revisions.exists()


def test_a_draft_that_changed_in_another_window_is_not_submitted(crew: Crew) -> None:
    draft = make_draft(crew)
    seen = draft.version
    authoring.explain_warning(draft, version=seen, code="image_small", text="They are discs.")
    with pytest.raises(StaleDraftError):
        workflow.submit(draft, by=crew.author, version=seen)
    draft.refresh_from_db()
    assert (draft.status, draft.version) == (Status.DRAFT, seen + 1)
    assert not draft.revisions.exists()


def test_submitting_raises_the_version_so_that_an_open_window_is_stale(crew: Crew) -> None:
    draft = make_draft(crew)
    seen = draft.version
    statuses.submit(draft, crew)
    statuses.withdraw(draft, crew)
    workflow.reopen(draft, by=crew.author)
    with pytest.raises(StaleDraftError):
        workflow.submit(draft, by=crew.author, version=seen)


def _submit_again(problem: Problem, crew: Crew) -> None:
    problem.refresh_from_db()
    workflow.submit(problem, by=crew.author, version=problem.version)


def _reply(problem: Problem, by: User) -> None:
    thread = Comment.objects.create(
        revision=current(problem), text="Which side?", written_by=by, is_sent=True
    )
    Comment.objects.create(
        revision=current(problem), parent=thread, text="The left.", written_by=by, is_sent=True
    )


def test_what_was_returned_is_not_submitted_again_unchanged(crew: Crew) -> None:
    problem = bring_to(Status.CHANGES_REQUESTED, crew)
    with pytest.raises(InvalidContentError, match="Nothing changed since revision 1"):
        _submit_again(problem, crew)
    _reply(problem, crew.reviewers[0])  # not the author's
    with pytest.raises(InvalidContentError, match="Nothing changed"):
        _submit_again(problem, crew)
    assert problem.revisions.count() == 1


def test_what_was_returned_is_not_submitted_unchanged_on_the_way_over_a_draft(crew: Crew) -> None:
    problem = bring_to(Status.CHANGES_REQUESTED, crew)
    statuses.withdraw(problem, crew)
    workflow.reopen(problem, by=crew.author)
    with pytest.raises(InvalidContentError, match="Nothing changed"):
        _submit_again(problem, crew)


def _explain(problem: Problem, crew: Crew) -> None:
    authoring.explain_warning(
        problem, version=problem.version, code="image_small", text="They are discs."
    )


@pytest.mark.parametrize(
    "answer_them",
    [
        lambda problem, _: statuses.mend(problem),
        lambda problem, crew: _reply(problem, crew.author),
        _explain,
    ],
    ids=["a changed word", "a reply", "an explanation"],
)
def test_what_was_returned_is_submitted_again_after_an_answer(
    answer_them: Callable[[Problem, Crew], None], crew: Crew
) -> None:
    problem = bring_to(Status.CHANGES_REQUESTED, crew)
    answer_them(problem, crew)
    _submit_again(problem, crew)
    assert current(problem).number == 2
    assert broken_invariants() == {}


def _send(client: Client, view: str, problem: Problem, crew: Crew) -> int:
    """What somebody who may ever do it is answered."""
    revision = problem.current_revision_id
    if view in SIGNED:
        client.force_login(crew.editor)
        address = reverse("curation:problem_decide", args=[problem.pk])
        sent = {"move": view, "comment": "Because.", "revision": revision or 0}
    elif view == "release":
        client.force_login(crew.editor)
        created = client.post(reverse("curation:release_create"), {"version": "9.0.0"})
        if created.status_code != 302:
            return created.status_code
        Release.objects.filter(version="9.0.0").update(status=Release.Status.READY)
        address, sent = reverse("curation:release_publish", args=["9.0.0"]), {}
    else:
        client.force_login(crew.author)
        address = reverse(f"curation:problem_{view}", args=[problem.pk])
        sent = {"version": problem.version, "comment": "Because."}
    return client.post(address, sent).status_code


_BY_VIEW: Mapping[str, Move] = {
    "submit": Move.SUBMIT,
    "withdraw": Move.WITHDRAW,
    "reopen": Move.REOPEN,
    **{move.value: move for move in SIGNED},
    "release": Move.PUBLISH,
}


# What was asked for is so already, and the page leads on to it.
_DONE_ALREADY = {("release", Status.PUBLISHED), ("submit", Status.SUBMITTED)}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("view", _BY_VIEW)
def test_every_request_in_every_status_moves_by_the_table_or_not_at_all(
    view: str, status: Status, crew: Crew, client: Client
) -> None:
    problem = bring_to(status, crew)
    before = _changes(problem)
    answered = _send(client, view, problem, crew)
    problem.refresh_from_db()
    legal = _LEGAL.get((status, _BY_VIEW[view]))
    if answered == 302 and legal:
        assert problem.status == legal
        assert len(_changes(problem)) == len(before) + 1
    else:
        assert (problem.status, _changes(problem)) == (status, before)
        assert answered in {403, 404, 409, 422} or (view, status) in _DONE_ALREADY
        assert legal is None or view in {"submit", "overrule"}  # unchanged; nobody rejected it
    assert broken_invariants() == {}


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.DRAFT}))
@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_sent_in_any_status_moves_only_what_is_submitted(
    verdict: Verdict, status: Status, crew: Crew, client: Client
) -> None:
    problem = bring_to(status, crew)
    before = _changes(problem)
    client.force_login(crew.reviewers[2])
    address = reverse("curation:review_detail", args=[problem.current_revision_id])
    revision = current(problem)
    know_answer(problem, crew.reviewers[2])
    sent = review_form(revision, verdict, "Because.")
    answered = client.post(address, sent).status_code
    problem.refresh_from_db()
    if status != Status.SUBMITTED:
        assert answered in {404, 409}
    is_returned = (status, verdict) == (Status.SUBMITTED, Verdict.REQUEST_CHANGES)
    assert problem.status == (Status.CHANGES_REQUESTED if is_returned else status)
    assert len(_changes(problem)) == len(before) + is_returned
