"""What the database itself refuses of imports, whoever asks: no signature covers what is here."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from curation.migrations._provenance_guards import IMPORTS, PROVENANCE
from curation.models import (
    CoveredRevision,
    Move,
    Problem,
    Provenance,
    Release,
    ReleaseItem,
    Revision,
    Status,
    StatusChange,
    User,
)
from tests.curation.foreign import Studio
from tests.curation.statuses import Crew, bring_to, current, make_crew, make_draft
from tests.factories import make_editor, make_person

pytestmark = pytest.mark.django_db

_MESSAGES = {guard.name: guard.message for guard in (*PROVENANCE, *IMPORTS)}


@pytest.fixture
def crew() -> Crew:
    return make_crew()


def _refused(guard: str, attempt: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=_MESSAGES[guard]), transaction.atomic():
        attempt()


def _signed(by: User) -> Provenance:
    return Provenance.objects.create(
        imported_by=by,
        version="1.0.0",
        origin_name="Elsewhere",
        manifest_sha256="0" * 64,
        has_manifest=True,
    )


def _frozen(problem: Problem, by: User, number: int = 1) -> Revision:
    content = problem.content()
    return Revision.objects.create(
        problem=problem,
        number=number,
        content_json=content.canonical_json(),
        sha256=content.sha256(),
        required_approvals=2,
        submitted_by=by,
    )


def _covering(provenance: Provenance, revision: Revision) -> Callable[[], object]:
    return lambda: CoveredRevision.objects.create(provenance=provenance, revision=revision)


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_person(is_author=True, is_reviewer=True),
        lambda: make_person(is_editor=True, is_active=False),
    ],
)
def test_only_an_editor_who_is_here_signs(make: Callable[[], User]) -> None:
    person = make()
    _refused("provenance_by_an_editor", lambda: _signed(person))


def test_no_signature_covers_what_is_before_the_reviewers(crew: Crew) -> None:
    revision = current(bring_to(Status.SUBMITTED, crew))
    _refused("coveredrevision_is_new", _covering(_signed(crew.editor), revision))


def test_no_signature_covers_what_somebody_else_wrote(crew: Crew) -> None:
    revision = _frozen(make_draft(crew), crew.author)
    _refused("coveredrevision_is_new", _covering(_signed(crew.editor), revision))


def test_no_signature_covers_a_second_revision(crew: Crew) -> None:
    problem = Problem.objects.create(author=crew.editor)
    _frozen(problem, crew.editor)
    second = _frozen(problem, crew.editor, number=2)
    _refused("coveredrevision_is_new", _covering(_signed(crew.editor), second))


def test_without_a_signature_nothing_is_approved_or_listed(crew: Crew) -> None:
    problem = Problem.objects.create(author=crew.editor)
    revision = _frozen(problem, crew.editor)
    rows = Problem.objects.filter(pk=problem.pk)
    _refused(
        "problem_approved_by_others",
        lambda: rows.update(status=Status.APPROVED, current_revision=revision),
    )
    release = Release.objects.create(version="9.0.0", cut_by=crew.editor)
    _refused(
        "releaseitem_approved",
        lambda: ReleaseItem.objects.create(
            release=release, problem=problem, revision=revision, position=0
        ),
    )


def _said_to_be_imported(revision: Revision, by: User, comment: str) -> Callable[[], object]:
    return lambda: StatusChange.objects.create(
        problem=revision.problem,
        revision=revision,
        move=Move.IMPORT,
        old=Status.DRAFT,
        new=Status.APPROVED,
        changed_by=by,
        comment=comment,
    )


def test_nobody_says_of_what_was_written_here_that_it_was_imported(crew: Crew) -> None:
    revision = current(bring_to(Status.SUBMITTED, crew))
    _refused("statuschange_imported", _said_to_be_imported(revision, crew.editor, "Mine."))


def test_who_imports_says_from_where(crew: Crew) -> None:
    revision = _frozen(Problem.objects.create(author=crew.editor), crew.editor)
    _covering(_signed(crew.editor), revision)()
    _refused("statuschange_says_why", _said_to_be_imported(revision, crew.editor, ""))
    _refused("statuschange_imported", _said_to_be_imported(revision, make_editor(), "Mine."))


def test_what_was_signed_is_never_changed_or_deleted(tmp_path: Path) -> None:
    studio, editor = Studio(), make_editor()
    folder = studio.write(tmp_path / "far", [studio.problem(1)])
    call_command("import_release", str(folder), version="1.0.0", by=editor.email)
    signed, covered = Provenance.objects.all(), CoveredRevision.objects.all()
    _refused("provenance_no_update", lambda: signed.update(origin_name="Mine"))
    _refused("provenance_no_delete", lambda: signed._raw_delete("default"))
    _refused("coveredrevision_no_update", lambda: covered.update(accepted_errors=["all"]))
    _refused("coveredrevision_no_delete", lambda: covered._raw_delete("default"))


def test_an_imported_problem_that_is_changed_here_needs_approvals(
    tmp_path: Path, crew: Crew
) -> None:
    studio = Studio()
    folder = studio.write(tmp_path / "far", [studio.problem(1)])
    call_command("import_release", str(folder), version="1.0.0", by=crew.editor.email)
    problem = Problem.objects.get()
    second = _frozen(problem, crew.editor, number=2)
    rows = Problem.objects.filter(pk=problem.pk)
    _refused("problem_approved_by_others", lambda: rows.update(current_revision=second))
