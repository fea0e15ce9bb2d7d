"""A release imported again says what it said, to the byte of its pictures."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import call_command
from PIL import Image as Pillow
from pytest_django import Settings

from curation.domain.bundle import verify_manifest
from curation.domain.content import ProblemContent
from curation.exporting import export_release
from curation.images import bring_image, read_image
from curation.models import Image, Panel, Problem, Release, User
from tests.curation.importers import keep_images_in
from tests.factories import (
    Shown,
    contents_of,
    make_approved,
    make_person,
    make_problem,
    make_release,
    png_bytes,
)

pytestmark = pytest.mark.django_db


def _photograph(number: int) -> bytes:
    """A JPEG, which every encoding changes a little."""
    buffer = BytesIO()
    with Pillow.open(BytesIO(png_bytes(number, side=96))) as picture:
        picture.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _pictured(problem: Problem, first: int) -> Problem:
    """Photographs and drawings in the place of the pictures of tests, through the one door."""
    for number, panel in enumerate(problem.panels.in_order().select_related("image"), first):
        described = panel.image
        assert described is not None
        upload = png_bytes(number) if number % 2 else _photograph(number)
        image = bring_image(upload, by=problem.author, like=described)
        image.alt_text = described.alt_text
        image.no_patient_confirmed_at = described.no_patient_confirmed_at
        image.save()
        Panel.objects.filter(pk=panel.pk).update(image=image)
    return Problem.objects.with_panels().get(pk=problem.pk)


@pytest.fixture
def release() -> Release:
    """Two problems with accents, variants, a photograph and a drawing each."""
    author = make_person(is_author=True)
    query = Shown(
        answer="Größe 5 µm", question="Wie groß?\nIn µm.", accepted_variants=("5", "fünf")
    )
    problems = [make_problem(author, query=query), make_problem(author)]
    pictured = [_pictured(problem, 10 * index) for index, problem in enumerate(problems, start=1)]
    reviewers = make_person(is_reviewer=True), make_person(is_reviewer=True)
    return make_release(*(make_approved(problem, *reviewers) for problem in pictured))


@pytest.fixture
def folder(release: Release, tmp_path: Path) -> Path:
    """The release as it was exported."""
    export_release(release, tmp_path / "release")
    return tmp_path / "release"


@pytest.fixture(autouse=True)
def _a_folder_to_export_to(tmp_path: Path) -> None:
    (tmp_path / "release").mkdir()


def _imported(path: Path, by: User) -> list[ProblemContent]:
    call_command("import_problems", str(path), by=by.email)
    problems = Problem.objects.written_by(by).with_panels().order_by("created_at")
    return [problem.content() for problem in problems]


def _as_released(content: ProblemContent, released: ProblemContent) -> ProblemContent:
    """As it will read once its new author confirmed the pictures: an import never does."""
    confirmed = tuple(
        replace(panel, image=replace(panel.image, no_patient_confirmed=True))
        for panel in content.panels
        if panel.image
    )
    return replace(content, problem_id=released.problem_id, panels=confirmed)


def test_a_release_imported_by_another_author_has_the_same_content_hashes(
    release: Release, folder: Path
) -> None:
    assert verify_manifest(folder) == []
    contents = _imported(folder, make_person(is_author=True))
    released = contents_of(release)
    assert len(contents) == len(released) == 2
    kinds = set()
    for content, was in zip(contents, released, strict=True):
        assert not any(image.no_patient_confirmed for image in content.images)
        assert _as_released(content, was).sha256() == was.sha256()
        kinds |= {image.media_type for image in content.images}
    assert kinds == {"image/png", "image/jpeg"}


def test_its_author_is_told_that_the_problems_are_there_already(
    release: Release, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    author = Problem.objects.all()[0].author
    _imported(folder, author)
    assert "2 already among your problems." in capsys.readouterr().out
    assert Problem.objects.count() == 2


def test_its_parquet_gives_the_same_words_and_pictures_without_variants_and_licenses(
    release: Release, folder: Path
) -> None:
    contents = _imported(folder / "data", make_person(is_author=True))
    for content, was in zip(contents, contents_of(release), strict=True):
        assert content.annotations == was.annotations
        for panel, before in zip(content.panels, was.panels, strict=True):
            assert (panel.role, panel.question) == (before.role, before.question)
            assert (panel.answer, panel.accepted_variants) == (before.answer, ())
            assert panel.image is not None
            assert before.image is not None
            assert panel.image.sha256 == before.image.sha256
            assert panel.image.license == ""


def test_pictures_unknown_here_are_made_anew_from_their_pixels(
    release: Release, folder: Path, tmp_path: Path, settings: Settings
) -> None:
    keep_images_in(tmp_path / "elsewhere", settings, lambda _: None)
    contents = _imported(folder, make_person(is_author=True))
    for content, was in zip(contents, contents_of(release), strict=True):
        for image, before in zip(content.images, was.images, strict=True):
            is_lossless = image.media_type == "image/png"
            assert (image.sha256 == before.sha256) == is_lossless
            assert _is_alike(image.sha256, folder / "images" / f"{before.sha256}.jpg")


def _is_alike(sha256: str, released: Path) -> bool:
    """Whether no pixel of a photograph moved by more than a little; drawings are equal by hash."""
    if not released.exists():
        return True
    kept = Image.objects.filter(sha256=sha256).latest("uploaded_at")
    with Pillow.open(BytesIO(read_image(kept))) as one, Pillow.open(released) as other:
        pairs = zip(one.convert("L").tobytes(), other.convert("L").tobytes(), strict=True)
        return max(abs(a - b) for a, b in pairs) <= 8
