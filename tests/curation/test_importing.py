"""Imports: seen before they happen, each problem once, whatever happens to their worker."""

import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.core.files.storage import storages
from django.utils import timezone
from pytest_django import Settings

from curation import arranging, authoring, drafting
from curation.errors import WrongMomentError
from curation.importing import (
    cancel_import,
    forget_imports,
    start_importing,
    work_import,
)
from curation.models import Image, Import, Panel, Problem, Specialty, User
from curation.tasks import resume_imports
from tests.curation.domain.importing.brought import HEADER, archive, parquet, smmile_columns, table
from tests.curation.importers import (
    PICTURES,
    SAVES_A_PROBLEM,
    bring,
    bring_checked,
    bring_imported,
    expire_lease,
    files_of,
    keep_images_in,
    panels,
    said,
    statuses,
    stored,
    stored_files,
)
from tests.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> User:
    return make_person(is_author=True)


def test_nothing_is_written_before_the_author_says_so(author: User) -> None:
    batch = bring_checked(author, files_of("a", "b"))
    assert (batch.status, statuses(batch)) == ("ready", ["ready", "ready"])
    assert not Problem.objects.exists()
    assert not Image.objects.exists()


def test_what_was_confirmed_becomes_drafts_with_gaps(author: User) -> None:
    header = (*HEADER, "license", "source", "image type", "specialty")
    rows = [
        ("a", "", "What?", "Left", "1.png", "CC BY 4.0", "Our archive", "", ""),
        ("a", "", "What?", "", "9.png", "GPL", "", "X-Ray", "Radiology"),
    ]
    files = {"p.csv": table(*rows, header=header), "i.zip": archive(PICTURES)}
    batch = bring_imported(author, files)
    assert (batch.status, statuses(batch)) == ("finished", ["imported"])
    problem = Problem.objects.with_panels().get()
    assert (problem.author, problem.status) == (author, "draft")
    assert (problem.specialty_id, problem.image_type, problem.rarity) == ("radiology", "xray", "")
    example, query = problem.panels.all()
    assert (example.label, query.label) == ("Example 1", "Query")
    assert (query.answer, query.image) == ("", None)
    image = example.image
    assert image is not None
    assert (image.license, image.source, image.attribution) == ("CC-BY-4.0", "Our archive", "")
    assert image.no_patient_confirmed_at is None
    (row,) = batch.rows.all()
    assert row.problem == problem
    assert "Row 3: there is no answer." in said(row)
    assert "Row 3: the image “9.png” is not among the files." in said(row)


def test_images_pass_through_the_same_door_as_all_others(author: User) -> None:
    pictures = {**PICTURES, "1.png": b"<svg/>", "2.png": b"\x89PNG\r\n\x1a\n and nothing"}
    files = {"p.csv": table(*panels("a")), "i.zip": archive(pictures)}
    batch = bring_checked(author, files)
    (row,) = batch.rows.all()
    assert row.image_count == 0
    assert "left open: This looks like an SVG drawing" in said(row)
    assert "left open: This picture cannot be opened" in said(row)
    start_importing(batch)
    work_import(batch)
    assert Panel.objects.filter(image=None).count() == 2


def test_smmile_s_layout_becomes_a_draft(author: User) -> None:
    bring_imported(author, {"test.parquet": parquet(smmile_columns())})
    problem = Problem.objects.with_panels().get()
    assert [panel.question for panel in problem.panels.all()] == ["First?", "Second?", "Query?"]
    images = [panel.image for panel in problem.panels.all() if panel.image]
    assert [image.source for image in images] == [
        f"https://example.org/{number}.png" for number in (1, 2, 3)
    ]
    annotations = (problem.specialty_id, problem.answer_format, problem.cognitive_process)
    assert annotations == ("radiology", "binary", "classification")


def test_every_annotation_and_license_is_known_by_slug_label_and_smmile_s_term() -> None:
    Specialty.objects.create(slug="nuclear-medicine", name="Nuclear medicine imaging")
    known = drafting.vocabulary()
    for name, word, slug in (
        ("specialty", "nuclearmedicineimaging", "nuclear-medicine"),
        ("answer_format", "binaryyesno", "binary"),
        ("answer_format", "binaryyesorno", "binary"),
        ("image_type", "fundusphotograph", "fundus"),
        ("cognitive_process", "reasoningclassification", "reasoning"),
        ("license", "ccby40", "CC-BY-4.0"),
        ("license", "permissionoftheholder", "LicenseRef-HolderPermission"),
    ):
        assert known[name][word] == slug


def test_what_was_imported_before_is_recognized_also_after_it_was_changed(author: User) -> None:
    bring_imported(author, files_of("a", "b"))
    panel = Panel.objects.select_related("problem").filter(question="What is a?")[0]
    authoring.write_panel(
        panel,
        version=panel.problem.version,
        question="Changed?",
        answer="Yes",
        accepted_variants=[],
    )
    again = bring_checked(author, files_of("c", "a", "b"))
    assert statuses(again) == ["ready", "known", "known"]
    assert again.rows.get(position=1).problem == panel.problem
    start_importing(again)
    work_import(again)
    assert Problem.objects.count() == 3


def test_what_the_author_wrote_by_hand_is_recognized(author: User) -> None:
    bring_imported(author, files_of("a"))
    written = Problem.objects.with_panels().get()
    Import.objects.all().delete()
    assert Problem.objects.get() == written
    again = bring_checked(author, files_of("a"))
    assert statuses(again) == ["known"]
    assert again.rows.get().problem == written


def test_the_same_panels_twice_in_one_file_are_imported_once(author: User) -> None:
    rows = [*panels("a"), *(("x", *row[1:]) for row in panels("a"))]
    files = {"p.csv": table(*rows), "i.zip": archive(PICTURES)}
    batch = bring_checked(author, files)
    assert statuses(batch) == ["ready", "known"]
    assert "the same panels as in rows 2 to 3" in said(batch.rows.get(position=1))


def test_what_another_author_has_is_not_told(author: User) -> None:
    bring_imported(make_person(is_author=True), files_of("a"))
    batch = bring_imported(author, files_of("a"))
    assert statuses(batch) == ["imported"]
    assert Problem.objects.written_by(author).count() == 1


def test_two_imports_of_one_file_at_once_make_no_doubles(author: User) -> None:
    first, second = (bring_checked(author, files_of("a", "b")) for _ in range(2))
    for batch in (first, second):
        start_importing(batch)
    for batch in (first, second):
        work_import(batch)
    assert statuses(first) == ["imported", "imported"]
    assert statuses(second) == ["known", "known"]
    assert Problem.objects.count() == 2


def test_an_image_the_author_described_keeps_what_was_said(author: User) -> None:
    bring_imported(author, files_of("a"))
    Image.objects.update(source="Mine", license="MIT")
    header = (*HEADER, "source", "license", "credit")
    row = ("b", "", "New?", "Left", "1.png", "Theirs", "CC-BY-4.0", "Somebody")
    bring_imported(author, {"p.csv": table(row, header=header), "i.zip": archive(PICTURES)})
    image = Panel.objects.get(question="New?").image
    assert image is not None
    assert (image.source, image.license, image.attribution) == ("Mine", "MIT", "Somebody")
    assert Image.objects.count() == 2


def test_files_of_which_nothing_can_be_taken_fail_in_words(author: User) -> None:
    batch = bring_checked(author, {"p.csv": b"\0"})
    assert batch.status == "failed"
    assert "is not a text file" in batch.failure
    assert not batch.rows.exists()


def test_files_are_deleted_when_they_are_needed_no_more(author: User) -> None:
    waiting = bring_checked(author, files_of("a"))
    assert len(stored_files(waiting)) == 2 + 2
    failed = bring_checked(author, {"p.csv": b"\0"})
    start_importing(waiting)
    work_import(waiting)
    for batch in (waiting, failed):
        assert (stored_files(batch), stored(batch).has_files) == ([], False)


def test_a_cancelled_import_stops_and_keeps_what_was_made(
    author: User, tmp_path: Path, settings: Settings
) -> None:
    batch = bring_checked(author, files_of("a", "b", "c"))
    start_importing(batch)

    def cancelled_at_the_second(kept: int) -> None:
        if kept == SAVES_A_PROBLEM:
            cancel_import(batch)

    keep_images_in(tmp_path, settings, cancelled_at_the_second)
    work_import(batch)
    assert stored(batch).status == "cancelled"
    assert statuses(batch) == ["imported", "ready", "ready"]
    assert Problem.objects.count() == 1
    assert stored_files(batch) == []
    with pytest.raises(WrongMomentError, match="nothing left to cancel"):
        cancel_import(batch)
    with pytest.raises(WrongMomentError, match="cannot be started now"):
        start_importing(batch)


def test_an_import_of_nothing_is_not_started(author: User) -> None:
    bring_imported(author, files_of("a"))
    with pytest.raises(WrongMomentError, match="nothing to import"):
        start_importing(bring_checked(author, files_of("a")))


def test_a_second_worker_leaves_an_import_to_the_one_that_works_on_it(author: User) -> None:
    batch = bring(author, files_of("a"))
    soon = timezone.now() + timedelta(minutes=1)
    Import.objects.update(leased_until=soon)
    work_import(batch)
    assert (stored(batch).status, stored(batch).attempts) == ("queued", 0)


def _full_disk(_: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_error_between_problems_delays_and_doubles_nothing(
    author: User, tmp_path: Path, settings: Settings
) -> None:
    batch = bring_checked(author, files_of("a", "b", "c"))
    start_importing(batch)

    def full_at_the_second(kept: int) -> None:
        if kept == SAVES_A_PROBLEM + 1:
            _full_disk(kept)

    keep_images_in(tmp_path, settings, full_at_the_second)
    with pytest.raises(OSError, match="No space left"):
        work_import(batch)
    assert (stored(batch).status, statuses(batch)) == ("importing", ["imported", "ready", "ready"])
    assert stored(batch).leased_until is None
    keep_images_in(tmp_path, settings, lambda _: None)
    work_import(batch)
    assert (stored(batch).status, statuses(batch)) == ("finished", ["imported"] * 3)
    assert Problem.objects.count() == 3
    assert Image.objects.count() == 6


def test_a_problem_that_stops_its_worker_each_time_ends_the_import(
    author: User, tmp_path: Path, settings: Settings
) -> None:
    batch = bring_checked(author, files_of("a"))
    start_importing(batch)
    keep_images_in(tmp_path, settings, _full_disk)
    for _ in range(3):
        with pytest.raises(OSError, match="No space left"):
            work_import(batch)
    work_import(batch)
    assert stored(batch).status == "failed"
    assert "stopped each time" in stored(batch).failure
    assert statuses(batch) == ["ready"]


def test_the_sweep_goes_on_with_what_no_worker_does(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(current_app.conf, "task_always_eager", True)
    new = bring(author, files_of("a"))
    left, held = (bring_checked(author, files_of(name)) for name in "bc")
    for batch in (left, held):
        start_importing(batch)
    expire_lease(left)
    Import.objects.filter(pk=held.pk).update(leased_until=timezone.now() + timedelta(minutes=1))
    resume_imports.delay()
    assert [stored(batch).status for batch in (new, left, held)] == [
        "ready",
        "finished",
        "importing",
    ]


def test_what_nobody_came_back_to_is_given_up_with_its_files(author: User) -> None:
    old, new, made = (bring_checked(author, files_of(name)) for name in "abc")
    start_importing(made)
    work_import(made)
    moment = timezone.now() + timedelta(days=7)
    Import.objects.filter(pk=new.pk).update(brought_at=moment)
    forget_imports(moment + timedelta(hours=1))
    assert [stored(batch).status for batch in (old, new, made)] == [
        "cancelled",
        "ready",
        "finished",
    ]
    assert "not finished within 7 days" in stored(old).failure
    assert (stored_files(old), len(stored_files(new))) == ([], 4)
    forget_imports(moment + timedelta(hours=1))


def test_files_of_an_import_have_names_of_ours(author: User) -> None:
    batch = bring_checked(
        author, {"../../p.csv": table(*panels("a")), "/etc/i.zip": archive(PICTURES)}
    )
    assert batch.status == "ready"
    assert all(name in {"0", "1"} or len(name) == 64 for name in stored_files(batch))
    assert storages["imports"].exists(batch.stored_name("0"))


def test_an_imported_draft_can_be_worked_on(author: User) -> None:
    bring_imported(author, files_of("a"))
    panel = Panel.objects.in_order().select_related("problem")[0]
    arranging.make_query(panel)
    assert Panel.objects.get(pk=panel.pk).is_query
