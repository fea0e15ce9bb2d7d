"""Bringing an image into a panel by its page."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from curation.models import Image
from tests.curation.writing import FACTS, WORDS, Desk, make_desk
from tests.factories import png_bytes

pytestmark = pytest.mark.django_db

_PDF = b"%PDF-1.7 1 0 obj"


@pytest.fixture
def desk(client: Client) -> Desk:
    return make_desk(client)


def _send(desk: Desk, content: bytes | None, *, name: str = "disc.png", **changes: Any) -> Any:
    """Press Upload with this file chosen, or with none."""
    chosen: dict[str, Any] = {}
    if content is not None:
        chosen["upload"] = SimpleUploadedFile(name, content)
    return desk.send("image_upload", **chosen, **changes)


def _assert_words_are_kept(desk: Desk) -> None:
    assert desk.panel().answer == WORDS["answer"]
    assert desk.version() == desk.problem.version + 1


def test_a_picture_is_shown_in_the_panel_with_the_origin_of_the_others_but_unconfirmed(
    desk: Desk,
) -> None:
    answer = _send(desk, png_bytes(7001, side=64))
    assert (answer.status_code, answer["Location"]) == (302, desk.address())
    image = desk.panel().image
    assert image is not None
    assert (image.uploaded_by, image.width, image.height) == (desk.author, 64, 64)
    others = Image.objects.exclude(pk=image.pk).filter(panels__problem=desk.problem)
    assert image.source in {other.source for other in others}
    assert image.no_patient_confirmed_at is None
    page = desk.client.get(desk.address()).content.decode()
    assert "Confirm that no patient can be identified." in page
    assert "64 \u00d7 64 pixels" in page


def test_the_name_of_a_file_does_not_matter(desk: Desk) -> None:
    assert _send(desk, png_bytes(7002), name="../../scan.pdf").status_code == 302
    image = desk.panel().image
    assert image is not None
    assert image.media_type == "image/png"


def test_a_picture_brought_again_keeps_its_description(desk: Desk) -> None:
    for _ in range(2):
        _send(desk, png_bytes(7003))
        desk.send(**FACTS)
    image = desk.panel().image
    assert image is not None
    assert image.is_described
    assert Image.objects.filter(sha256=image.sha256).count() == 1


def test_the_facts_of_the_image_before_are_saved_and_its_origin_is_taken_over(desk: Desk) -> None:
    before = desk.panel().image
    assert before is not None
    _send(desk, png_bytes(7004), **FACTS)
    before.refresh_from_db()
    after = desk.panel().image
    assert after is not None
    assert (before.source, after.source) == ("Our archive", "Our archive")
    assert after.no_patient_confirmed_at is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (_PDF, "This looks like a PDF. Please export the page as PNG or JPEG"),
        (b"", "This file is empty."),
        (None, "Choose an image file first, or paste one."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This looks like an SVG drawing."),
        (png_bytes(7005)[:100], "This picture cannot be opened"),
        (b"just words", "This is not a picture of a kind that can be taken"),
    ],
    ids=["PDF", "empty", "none", "SVG", "cut off", "words"],
)
def test_what_is_no_picture_is_refused_in_words_and_what_was_typed_is_kept(
    desk: Desk, content: bytes | None, says: str
) -> None:
    before = desk.panel().image
    answer = _send(desk, content, name="scan.png")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert WORDS["question"] in page
    assert desk.panel().image == before
    _assert_words_are_kept(desk)


def test_a_file_that_is_too_large_is_refused_before_it_is_opened(
    desk: Desk, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 1024**2
    before = desk.panel().image
    answer = _send(desk, _PDF.ljust(1024**2 + 1))
    assert answer.status_code == 422
    assert "larger than 1 MB" in answer.content.decode()
    assert desk.panel().image == before
    _assert_words_are_kept(desk)
    assert "This looks like a PDF" in _send(desk, _PDF.ljust(1024**2)).content.decode()


def test_text_in_place_of_a_file_is_no_file(desk: Desk) -> None:
    answer = desk.send("image_upload", upload="disc.png")
    assert answer.status_code == 422
    assert "Choose an image file first" in answer.content.decode()


def test_a_stale_upload_changes_nothing(desk: Desk) -> None:
    before, since = desk.panel().image, desk.shown()
    desk.send(answer="Right")
    assert _send(desk, png_bytes(7006), since=since).status_code == 409
    assert desk.panel().image == before
    assert desk.panel().answer == "Right"


def test_a_removed_image_stays_among_the_author_s_images(desk: Desk) -> None:
    image = desk.panel().image
    assert image is not None
    answer = desk.send("image_remove")
    assert answer["Location"] == desk.address()
    assert desk.panel().image is None
    assert Image.objects.filter(pk=image.pk).exists()
    assert "Add an image." in desk.client.get(desk.address()).content.decode()
