"""What the database itself refuses, whoever asks: rows changed past the verbs, one way a guard."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F, Model, QuerySet
from django.utils import timezone

from curation import releases
from curation.migrations._triggers import Guard, immutable
from curation.models import (
    BlindAnswer,
    ChainEnd,
    Comment,
    DraftRevision,
    HistoryEntry,
    Image,
    Instructions,
    Move,
    Problem,
    Release,
    ReleaseFile,
    ReleaseItem,
    Review,
    Revision,
    RevisionImage,
    Stage,
    Status,
    StatusChange,
    User,
    Verdict,
)
from tests.curation import statuses
from tests.curation.statuses import Crew, bring_to, current, cut_ready, judge, make_crew, make_draft
from tests.factories import make_person

pytestmark = pytest.mark.django_db

type Attempt = Callable[[], object]

# By name: what a later migration says replaces what an earlier one said. The names of migrations
# are no identifiers.
_BY_NAME: dict[str, Guard] = {
    guard.name: guard
    for guard in (
        *immutable("curation_draftrevision", "Draft revisions"),
        *import_module("curation.migrations.0005_instructions").GUARDS,
        *import_module("curation.migrations.0008_reviewing").GUARDS,
        *import_module("curation.migrations.0009_history").GUARDS,
        *import_module("curation.migrations.0013_gate").GUARDS,
        *import_module("curation.migrations.0016_release_stages").GUARDS,
        *import_module("curation.migrations.0021_discarding").GUARDS,
    )
}
GUARDS = tuple(_BY_NAME.values())
_ATTEMPTS: list[tuple[str, Callable[[Crew], Attempt]]] = []


@pytest.fixture
def crew() -> Crew:
    return make_crew()


def _against(guard: str) -> Callable[[Callable[[Crew], Attempt]], Callable[[Crew], Attempt]]:
    """Enter an attempt to get past this guard: given the people, what is then tried."""

    def enter(prepare: Callable[[Crew], Attempt]) -> Callable[[Crew], Attempt]:
        _ATTEMPTS.append((guard, prepare))
        return prepare

    return enter


def _row(problem: Problem) -> QuerySet[Problem]:
    return Problem.objects.filter(pk=problem.pk)


def _listed(release: Release, problem: Problem, revision: Revision) -> Attempt:
    return lambda: ReleaseItem.objects.create(
        release=release, problem=problem, revision=revision, position=99
    )


def _queued_release(crew: Crew) -> Release:
    return Release.objects.create(version="9.0.0", cut_by=crew.editor)


@_against("review_not_by_author")
def the_author_reviews(crew: Crew) -> Attempt:
    revision = current(bring_to(Status.SUBMITTED, crew))
    approval = Review(revision=revision, reviewer=crew.author, verdict=Verdict.APPROVE)
    return lambda: Review.objects.bulk_create([approval])


def _comment(crew: Crew) -> Comment:
    revision = current(bring_to(Status.SUBMITTED, crew))
    return Comment.objects.create(
        revision=revision, text="Which side?", written_by=crew.reviewers[0], is_sent=True
    )


@_against("comment_stays")
def a_comment_says_something_else(crew: Crew) -> Attempt:
    comment = _comment(crew)
    return lambda: Comment.objects.filter(pk=comment.pk).update(text="Never mind.")


@_against("comment_stays")
def a_comment_is_unsent(crew: Crew) -> Attempt:
    comment = _comment(crew)
    return lambda: Comment.objects.filter(pk=comment.pk).update(is_sent=False)


@_against("comment_sent_is_kept")
def a_comment_is_deleted(crew: Crew) -> Attempt:
    comment = _comment(crew)
    return lambda: Comment.objects.filter(pk=comment.pk).delete()


@_against("problem_author_stays")
def the_author_hands_the_problem_on_to_approve_it(crew: Crew) -> Attempt:
    problem = bring_to(Status.SUBMITTED, crew)
    return lambda: _row(problem).update(author=make_person())


@_against("problem_approved_by_others")
def nobody_approved(crew: Crew) -> Attempt:
    problem = bring_to(Status.SUBMITTED, crew)
    return lambda: _row(problem).update(status=Status.APPROVED)


@_against("problem_approved_by_others")
def one_approved_and_one_rejected(crew: Crew) -> Attempt:
    problem = bring_to(Status.SUBMITTED, crew)
    judge(problem, crew.reviewers[0], Verdict.APPROVE)
    judge(problem, crew.reviewers[1], Verdict.REJECT, "Wrong.")
    return lambda: _row(problem).update(status=Status.APPROVED)


@_against("problem_approved_by_others")
def only_the_revision_before_was_approved(crew: Crew) -> Attempt:
    problem = bring_to(Status.APPROVED, crew)
    statuses.withdraw(problem, crew)
    _row(problem).update(status=Status.DRAFT)
    problem.refresh_from_db()
    statuses.submit(problem, crew)
    return lambda: _row(problem).update(status=Status.APPROVED)


@_against("problem_approved_by_others")
def an_approved_problem_gets_a_revision_that_nobody_saw(crew: Crew) -> Attempt:
    problem = bring_to(Status.APPROVED, crew)
    unseen = _copied(current(problem))
    return lambda: _row(problem).update(current_revision=unseen)


@_against("problem_approved_cleared")
def the_author_took_a_confirmation_back_before_the_last_approval(crew: Crew) -> Attempt:
    problem = bring_to(Status.SUBMITTED, crew)
    for reviewer in crew.reviewers[:2]:
        Review.objects.create(revision=current(problem), reviewer=reviewer, verdict=Verdict.APPROVE)
    Image.objects.filter(panels__problem=problem).update(no_patient_confirmed_at=None)
    return lambda: _row(problem).update(status=Status.APPROVED)


@_against("releaseitem_cleared")
def text_that_nobody_read_is_released(crew: Crew) -> Attempt:
    problem = bring_to(Status.APPROVED, crew)
    Image.objects.filter(panels__problem=problem).update(text_areas=[[0, 0, 9, 9]])
    release = Release.objects.create(version="1.0.0", cut_by=crew.editor)
    return lambda: ReleaseItem.objects.create(
        release=release, problem=problem, revision=current(problem), position=0
    )


def _moved(problem: Problem, move: Move, by: User, comment: str = "Because.") -> Attempt:
    return lambda: StatusChange.objects.create(
        problem=problem,
        revision=current(problem),
        move=move,
        old=problem.status,
        new=problem.status,
        changed_by=by,
        comment=comment,
    )


@_against("statuschange_says_why")
def an_editor_decides_without_a_reason(crew: Crew) -> Attempt:
    return _moved(bring_to(Status.SUBMITTED, crew), Move.OVERRULE, crew.editor, comment="")


@_against("statuschange_no_quiet_approval")
def a_rejection_of_an_earlier_revision_is_passed_over(crew: Crew) -> Attempt:
    problem = bring_to(Status.SUBMITTED, crew)
    judge(problem, crew.reviewers[0], Verdict.REJECT, "Another organ.")
    judge(problem, crew.reviewers[1], Verdict.REQUEST_CHANGES, "Say which side.")
    problem.refresh_from_db()
    statuses.submit(problem, crew)
    return _moved(problem, Move.APPROVE, crew.reviewers[2], comment="")


@_against("statuschange_decided_by_others")
def an_author_decides(crew: Crew) -> Attempt:
    return _moved(bring_to(Status.SUBMITTED, crew), Move.REJECT, crew.author)


@_against("statuschange_decided_by_others")
def an_author_retires(crew: Crew) -> Attempt:
    return _moved(bring_to(Status.PUBLISHED, crew), Move.RETIRE, crew.author)


@_against("statuschange_decided_by_others")
def a_reviewer_decides(crew: Crew) -> Attempt:
    problem = bring_to(Status.SUBMITTED, crew)
    statuses.dispute(problem, crew)
    return _moved(problem, Move.OVERRULE, crew.reviewers[2])


def _copied(revision: Revision) -> Revision:
    return Revision.objects.create(
        problem=revision.problem,
        number=revision.number + 1,
        content_json=revision.content_json,
        sha256=revision.sha256,
        required_approvals=revision.required_approvals,
        submitted_by=revision.submitted_by,
    )


@_against("problem_revision_is_its_own")
def a_problem_borrows_the_approvals_of_another(crew: Crew) -> Attempt:
    lender, borrower = bring_to(Status.APPROVED, crew), make_draft(crew)
    approved = current(lender)
    statuses.withdraw(lender, crew)
    _row(lender).update(current_revision=None)
    return lambda: _row(borrower).update(status=Status.APPROVED, current_revision=approved)


@_against("problem_published_by_release")
def an_approved_problem_is_published_by_hand(crew: Crew) -> Attempt:
    problem = bring_to(Status.APPROVED, crew)
    return lambda: _row(problem).update(status=Status.PUBLISHED)


@_against("problem_published_by_release")
def an_approved_problem_is_published_beside_a_release(crew: Crew) -> Attempt:
    bring_to(Status.PUBLISHED, crew)
    problem = bring_to(Status.APPROVED, crew)
    return lambda: _row(problem).update(status=Status.PUBLISHED)


@_against("problem_published_stays")
def a_published_problem_becomes_a_draft(crew: Crew) -> Attempt:
    problem = bring_to(Status.PUBLISHED, crew)
    return lambda: _row(problem).update(status=Status.DRAFT)


@_against("problem_published_stays")
def a_published_problem_gets_another_revision_as_it_is_retired(crew: Crew) -> Attempt:
    problem = bring_to(Status.PUBLISHED, crew)
    other = _copied(current(problem))
    return lambda: _row(problem).update(status=Status.RETIRED, current_revision=other)


@_against("problem_published_stays")
def a_retired_problem_is_published_again(crew: Crew) -> Attempt:
    problem = bring_to(Status.RETIRED, crew)
    return lambda: _row(problem).update(status=Status.PUBLISHED)


@_against("problem_starts_as_draft")
def a_problem_is_made_approved(crew: Crew) -> Attempt:
    return lambda: Problem.objects.create(author=crew.author, status=Status.APPROVED)


@_against("releaseitem_approved")
def a_release_lists_what_is_under_review(crew: Crew) -> Attempt:
    problem = bring_to(Status.SUBMITTED, crew)
    return _listed(_queued_release(crew), problem, current(problem))


@_against("releaseitem_approved")
def a_release_lists_what_was_withdrawn_after_its_approval(crew: Crew) -> Attempt:
    problem = bring_to(Status.APPROVED, crew)
    statuses.withdraw(problem, crew)
    return _listed(_queued_release(crew), problem, current(problem))


@_against("releaseitem_approved")
def a_release_lists_what_was_retired(crew: Crew) -> Attempt:
    problem = bring_to(Status.RETIRED, crew)
    return _listed(_queued_release(crew), problem, current(problem))


@_against("releaseitem_approved")
def a_release_lists_another_revision_of_what_is_approved(crew: Crew) -> Attempt:
    problem = bring_to(Status.APPROVED, crew)
    return _listed(_queued_release(crew), problem, _copied(current(problem)))


@_against("releaseitem_approved")
def a_release_lists_one_problem_with_the_revision_of_another(crew: Crew) -> Attempt:
    one, other = bring_to(Status.APPROVED, crew), bring_to(Status.APPROVED, crew)
    return _listed(_queued_release(crew), one, current(other))


@_against("problem_published_by_release")
def an_approved_problem_is_published_by_a_draft_of_a_release(crew: Crew) -> Attempt:
    problem = bring_to(Status.APPROVED, crew)
    cut_ready("1.0.0", by=crew.editor)
    return lambda: _row(problem).update(status=Status.PUBLISHED)


@_against("releaseitem_before_files")
def a_published_release_lists_one_more(crew: Crew) -> Attempt:
    bring_to(Status.PUBLISHED, crew)
    problem = bring_to(Status.APPROVED, crew)
    return _listed(Release.objects.get(), problem, current(problem))


@_against("releaseitem_before_files")
def a_draft_whose_files_are_ready_lists_one_more(crew: Crew) -> Attempt:
    bring_to(Status.APPROVED, crew)
    draft = cut_ready("1.0.0", by=crew.editor)
    problem = bring_to(Status.APPROVED, crew)
    return _listed(draft, problem, current(problem))


def _release(release: Release) -> QuerySet[Release]:
    return Release.objects.filter(pk=release.pk)


def _published(crew: Crew) -> Release:
    bring_to(Status.PUBLISHED, crew)
    return Release.objects.get()


_PUBLISHED = {"stage": Release.Stage.PUBLISHED, "published_at": timezone.now()}


@_against("release_published_whole")
def a_draft_is_published_before_its_files_are_ready(crew: Crew) -> Attempt:
    bring_to(Status.APPROVED, crew)
    draft = releases.cut_release("1.0.0", notes="", by=crew.editor)
    return lambda: _release(draft).update(**_PUBLISHED)


@_against("release_published_whole")
def a_draft_is_published_with_what_was_withdrawn_since(crew: Crew) -> Attempt:
    problem = bring_to(Status.APPROVED, crew)
    draft = cut_ready("1.0.0", by=crew.editor)
    statuses.withdraw(problem, crew)
    return lambda: _release(draft).update(**_PUBLISHED)


@_against("release_published_whole")
def a_draft_is_published_with_what_was_retired_since(crew: Crew) -> Attempt:
    problem = bring_to(Status.PUBLISHED, crew)
    draft = cut_ready("2.0.0", by=crew.editor)
    statuses.retire(problem, crew)
    return lambda: _release(draft).update(**_PUBLISHED)


@_against("release_published_whole")
def a_draft_is_published_with_an_image_that_is_not_confirmed_any_more(crew: Crew) -> Attempt:
    problem = bring_to(Status.APPROVED, crew)
    draft = cut_ready("1.0.0", by=crew.editor)
    Image.objects.filter(panels__problem=problem).update(no_patient_confirmed_at=None)
    return lambda: _release(draft).update(**_PUBLISHED)


@_against("release_stage_goes_on")
def a_published_release_becomes_a_draft_again(crew: Crew) -> Attempt:
    release = _published(crew)
    return lambda: _release(release).update(stage=Release.Stage.DRAFT, published_at=None)


@_against("release_stage_goes_on")
def a_draft_is_yanked(crew: Crew) -> Attempt:
    bring_to(Status.APPROVED, crew)
    draft = cut_ready("1.0.0", by=crew.editor)
    yanked = {"yanked_at": timezone.now(), "yanked_because": "Wrong."}
    return lambda: _release(draft).update(stage=Release.Stage.YANKED, **yanked)


def _yanked(crew: Crew) -> Release:
    release = _published(crew)
    releases.yank_release(release, because="Wrong side.", by=crew.editor)
    return release


@_against("release_stage_goes_on")
def a_yanked_release_is_published_again(crew: Crew) -> Attempt:
    release = _yanked(crew)
    return lambda: _release(release).update(
        stage=Release.Stage.PUBLISHED, yanked_at=None, yanked_because=""
    )


@_against("release_stays")
def a_yanked_release_gets_a_nicer_reason(crew: Crew) -> Attempt:
    release = _yanked(crew)
    return lambda: _release(release).update(yanked_because="Superseded.")


@_against("release_stays")
def a_release_gets_another_held_out_share(crew: Crew) -> Attempt:
    release = _queued_release(crew)
    return lambda: _release(release).update(held_out_percent=50)


@_against("release_stays")
def a_release_gets_another_seed(crew: Crew) -> Attempt:
    release = _queued_release(crew)
    return lambda: _release(release).update(seed=7)


@_against("release_stays")
def a_published_release_gets_another_day(crew: Crew) -> Attempt:
    release = _published(crew)
    return lambda: _release(release).update(published_at=timezone.now() - timedelta(days=9))


@_against("release_no_delete")
def a_published_release_is_deleted(crew: Crew) -> Attempt:
    release = Release.objects.create(version="9.0.0", cut_by=crew.editor, status="ready")
    _release(release).update(**_PUBLISHED)
    return lambda: _release(release)._raw_delete("default")


@_against("release_stays")
def a_release_gets_another_version(crew: Crew) -> Attempt:
    release = _queued_release(crew)
    return lambda: Release.objects.filter(pk=release.pk).update(version="9.0.1")


@_against("release_stays")
def a_release_gets_other_notes_for_the_files_that_quote_them(crew: Crew) -> Attempt:
    release = _queued_release(crew)
    return lambda: Release.objects.filter(pk=release.pk).update(notes="Better.")


@_against("release_stays")
def a_ready_release_is_taken_back(crew: Crew) -> Attempt:
    release = Release.objects.create(
        version="9.0.0", cut_by=crew.editor, status=Release.Status.READY
    )
    return lambda: Release.objects.filter(pk=release.pk).update(status=Release.Status.QUEUED)


@_against("image_of_revision_stays")
def an_image_becomes_another_picture(crew: Crew) -> Attempt:
    image = current(bring_to(Status.SUBMITTED, crew)).images.earliest("pk")
    return lambda: Image.objects.filter(pk=image.pk).update(sha256="0" * 64)


def _appended(**changes: Any) -> Attempt:
    """An entry past the verbs; the changes are to what would follow."""
    end = ChainEnd.objects.get()
    follows = {"number": end.number + 1, "previous_sha256": end.sha256, "sha256": "b" * 64}
    entry = HistoryEntry(at=timezone.now(), **follows | changes)
    return lambda: HistoryEntry.objects.bulk_create([entry])


@_against("historyentry_goes_on")
def an_entry_leaves_a_gap(crew: Crew) -> Attempt:
    make_told(crew)
    return _appended(number=ChainEnd.objects.get().number + 2)


@_against("historyentry_goes_on")
def an_entry_does_not_hold_the_hash_before_it(crew: Crew) -> Attempt:
    make_told(crew)
    return _appended(previous_sha256="c" * 64)


@_against("chainend_goes_on")
def the_end_of_the_history_moves_back(crew: Crew) -> Attempt:
    make_told(crew)
    return lambda: ChainEnd.objects.update(number=0, sha256="0" * 64)


@_against("chainend_goes_on")
def the_end_of_the_history_gets_another_hash(crew: Crew) -> Attempt:
    make_told(crew)
    return lambda: ChainEnd.objects.update(sha256="c" * 64)


@_against("chainend_goes_on")
def the_end_of_the_history_moves_on_to_nothing(crew: Crew) -> Attempt:
    make_told(crew)
    return lambda: ChainEnd.objects.update(number=F("number") + 1)


@_against("chainend_no_delete")
def the_end_of_the_history_is_deleted(crew: Crew) -> Attempt:
    return lambda: ChainEnd.objects.all()._raw_delete("default")


def make_told(crew: Crew) -> None:
    """Something that the history tells of."""
    bring_to(Status.SUBMITTED, crew)


def _truncated(table: str) -> Attempt:
    def truncate() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table}")

    return truncate


# Rows that are written once, each with a change that somebody might want.
_WRITTEN_ONCE: tuple[tuple[type[Model], dict[str, Any]], ...] = (
    (Revision, {"content_json": "{}"}),
    (RevisionImage, {"revision_id": 0}),
    (Review, {"verdict": Verdict.APPROVE}),
    (StatusChange, {"comment": "Rewritten."}),
    (ReleaseItem, {"position": 5}),
    (ReleaseFile, {"sha256": "0" * 64}),
    (BlindAnswer, {"answer": "Something else"}),
    (DraftRevision, {"content_json": "{}"}),
    (Instructions, {"text": "Never mind."}),
    (HistoryEntry, {"details": {}}),
)
_TABLES = [(model._meta.db_table.removeprefix("curation_"), model) for model, _ in _WRITTEN_ONCE]


def _written(model: type[Model], crew: Crew) -> Any:
    """The rows of this model once something was published."""
    problem = bring_to(Status.PUBLISHED, crew)
    release = Release.objects.get()
    DraftRevision.objects.frozen(problem, by=crew.author)
    Instructions.objects.create(text="Do it well.", edited_by=crew.editor)
    BlindAnswer.objects.create(
        revision=current(problem),
        reviewer=crew.reviewers[2],
        stage=Stage.ZERO_SHOT,
        answer="A guess",
        is_right=False,
        seconds=9,
    )
    ReleaseFile.objects.create(release=release, path="README.md", sha256="1" * 64, byte_size=1)
    return model._default_manager.all()


def _refused(guard: str, attempt: Attempt) -> None:
    message = next(one.message for one in GUARDS if one.name == guard)
    with pytest.raises(IntegrityError, match=message), transaction.atomic():
        attempt()


@pytest.mark.parametrize(
    ("guard", "prepare"), _ATTEMPTS, ids=[prepare.__name__ for _, prepare in _ATTEMPTS]
)
def test_the_database_refuses_it_when(
    guard: str, prepare: Callable[[Crew], Attempt], crew: Crew
) -> None:
    _refused(guard, prepare(crew))


@pytest.mark.parametrize(("model", "change"), _WRITTEN_ONCE)
def test_what_is_written_once_is_never_changed(
    model: type[Model], change: dict[str, Any], crew: Crew
) -> None:
    rows = _written(model, crew)
    before = list(rows.values())
    table = model._meta.db_table.removeprefix("curation_")
    _refused(f"{table}_no_update", lambda: rows.update(**change))
    assert before
    assert list(model._default_manager.values()) == before


@pytest.mark.parametrize(("table", "model"), _TABLES)
def test_what_is_written_once_is_never_deleted(table: str, model: type[Model], crew: Crew) -> None:
    rows = _written(model, crew)
    count = rows.count()
    _refused(f"{table}_no_delete", lambda: rows._raw_delete("default"))
    assert rows.count() == count > 0


@pytest.mark.parametrize("guard", [guard for guard in GUARDS if guard.on == "TRUNCATE"])
def test_what_is_kept_for_ever_is_not_emptied_at_once(guard: Guard, crew: Crew) -> None:
    make_told(crew)
    if connection.vendor == "postgresql":
        _refused(guard.name, _truncated(guard.table))
    else:  # it deletes row by row, which another guard refuses
        with pytest.raises(OperationalError, match="syntax error"), transaction.atomic():
            _truncated(guard.table)()
    assert HistoryEntry.objects.exists()
    assert ChainEnd.objects.exists()


def test_every_guard_is_tried() -> None:
    tried = {guard for guard, _ in _ATTEMPTS}
    tried |= {guard.name for guard in GUARDS if guard.on == "TRUNCATE"}
    tried |= {f"{table}_no_{change}" for table, _ in _TABLES for change in ("update", "delete")}
    assert tried == {guard.name for guard in GUARDS}


def test_what_is_legal_passes_every_guard(crew: Crew) -> None:
    for status in Status:
        assert bring_to(status, crew).status == status
