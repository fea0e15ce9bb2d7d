"""Bringing images into panels by their page: by file, several at once, and by address."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pydicom.data import get_testdata_file
from pytest_django import Settings

from curation.models import Image, Scan
from tests.curation.web import Site, open_site, says
from tests.curation.writing import FACTS, WORDS, Desk, make_desk
from tests.factories import make_problem, png_bytes

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


def _assert_words_are_saved(desk: Desk) -> None:
    assert desk.panel().answer == WORDS["answer"]


def _assert_words_are_kept(desk: Desk) -> None:
    _assert_words_are_saved(desk)
    assert desk.version() == desk.problem.version + 1


def test_a_picture_is_shown_in_the_panel_and_inherits_nothing_of_the_others(
    desk: Desk,
) -> None:
    answer = _send(desk, png_bytes(7001, side=64))
    assert (answer.status_code, answer["Location"]) == (302, desk.address())
    image = desk.panel().image
    assert image is not None
    assert (image.uploaded_by, image.width, image.height) == (desk.author, 64, 64)
    assert image.credit == ("", "", "")
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
    assert image.source == FACTS["source"]
    assert image.no_patient_confirmed_at is not None
    assert Image.objects.filter(sha256=image.sha256).count() == 1


def test_a_picture_described_for_an_earlier_problem_says_so_and_is_confirmed_anew(
    desk: Desk,
) -> None:
    _send(desk, png_bytes(7004))
    desk.send("panel_edit", **FACTS)
    later = Desk(desk.client, desk.author, make_problem(desk.author))
    _send(later, png_bytes(7004))
    assert later.panel().image == desk.panel().image
    page = later.client.get(later.address()).content.decode()
    assert "You described this picture for" in page
    assert reverse("curation:problem_overview", args=[desk.problem.pk]) in page
    assert "Confirm that no patient can be identified." in page
    assert "You described this picture for" not in desk.client.get(desk.address()).content.decode()


def test_the_facts_of_the_image_before_are_saved_and_not_taken_over(desk: Desk) -> None:
    before = desk.panel().image
    assert before is not None
    _send(desk, png_bytes(7004), **FACTS)
    before.refresh_from_db()
    after = desk.panel().image
    assert after is not None
    assert (before.source, after.source) == ("Our archive", "")
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


def _files(*contents: bytes) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(f"file-{n}.png", content) for n, content in enumerate(contents)]


def _shown(desk: Desk) -> list[tuple[str, bool]]:
    """Every panel with whether it shows an image."""
    panels = desk.problem.panels.in_order()
    return [(panel.label, panel.image_id is not None) for panel in panels]


def _clear(desk: Desk, *labels: str) -> None:
    """Take the images out of these panels."""
    wanted = [panel.pk for panel in desk.problem.panels.all() if panel.label in labels]
    desk.problem.panels.filter(pk__in=wanted).update(image=None)


class TestSeveral:
    """The first file comes here, the others where none is yet, then into new examples."""

    def test_the_others_fill_the_examples_then_the_query_then_new_examples(
        self, desk: Desk
    ) -> None:
        _clear(desk, "Example 1", "Example 2", "Query")
        before = [panel.image_id for panel in desk.problem.panels.in_order()]
        second = desk.panel(1)
        answer = desk.send(
            "image_upload", panel=second, upload=_files(*map(png_bytes, range(7101, 7106)))
        )
        assert (answer.status_code, answer["Location"]) == (302, desk.address(panel=second))
        assert _shown(desk) == [
            *((f"Example {number}", True) for number in range(1, 6)),
            ("Query", True),
        ]
        assert desk.panel(2).image_id == before[2]
        order = [desk.panel(index).image for index in (1, 0, 5, 3, 4)]
        assert [image.pk for image in order if image] == [
            image.pk
            for image in Image.objects.filter(uploaded_by=desk.author).order_by("uploaded_at")
        ][-5:]
        page = desk.client.get(desk.address()).content.decode()
        assert "5 images were brought: Example 2, Example 1, Query, Example 4, Example 5." in page

    def test_new_examples_ask_what_the_others_ask(self, desk: Desk) -> None:
        desk.send("image_upload", upload=_files(png_bytes(7111), png_bytes(7112)))
        assert desk.panel(3).question == WORDS["question"]

    def test_a_refused_file_takes_no_panel_from_the_others(self, desk: Desk) -> None:
        _clear(desk, "Example 1", "Example 2")
        answer = desk.send(
            "image_upload", upload=_files(_PDF, png_bytes(7121), b"", png_bytes(7122))
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        assert _shown(desk) == [
            *((f"Example {number}", True) for number in range(1, 4)),
            ("Query", True),
        ]
        assert page.count('class="upload-result is-placed"') == 2
        assert page.count('class="upload-result is-refused"') == 2
        assert page.count('role="alert"') == 3  # two files, and the page's own, hidden
        for name in ("file-0.png", "file-2.png", "This looks like a PDF.", "This file is empty."):
            assert name in page
        _assert_words_are_saved(desk)

    def test_more_than_ten_examples_are_refused_by_name(self, desk: Desk) -> None:
        pictures = _files(*(png_bytes(number) for number in range(7131, 7141)))
        answer = desk.send("image_upload", upload=pictures)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert len(_shown(desk)) == 11
        assert page.count('class="upload-result is-placed"') == 8
        assert page.count("A problem has at most 10 examples.") == 2
        assert "file-8.png" in page
        assert "file-9.png" in page

    def test_the_name_of_a_file_is_shown_as_text(self, desk: Desk) -> None:
        name = "<img src=x onerror=alert(1)>.png"
        page = _send(desk, _PDF, name=name).content.decode()
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;.png" in page


class TestScripts:
    """One request a file; what became of it comes back alone."""

    def test_a_placed_file_is_told_with_its_panel(self, desk: Desk) -> None:
        answer = _send(desk, png_bytes(7201), has_scripts=True)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "data-outcome" in page
        assert f'<a href="{desk.address()}">Example 1</a>' in page
        assert "<html" not in page

    def test_a_further_file_leaves_this_panel_alone(self, desk: Desk) -> None:
        before = desk.panel().image
        _clear(desk, "Query")
        answer = _send(desk, png_bytes(7202), has_scripts=True, further="on")
        assert ">Query</a>" in answer.content.decode()
        assert desk.panel().image == before
        assert _shown(desk)[-1] == ("Query", True)

    def test_a_further_file_comes_here_after_all_if_the_first_was_refused(self, desk: Desk) -> None:
        _clear(desk, "Example 1", "Query")
        assert _send(desk, _PDF, has_scripts=True).status_code == 422
        _send(desk, png_bytes(7203), has_scripts=True, further="on")
        assert _shown(desk)[0] == ("Example 1", True)
        assert _shown(desk)[-1] == ("Query", False)

    def test_a_refused_file_is_told_alone(self, desk: Desk) -> None:
        answer = _send(desk, _PDF, has_scripts=True)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert 'role="alert"' in page
        assert "data-outcome" in page
        assert "<html" not in page

    def test_words_in_conflict_come_back_as_the_editor(self, desk: Desk) -> None:
        since = desk.shown()
        desk.send(answer="Right")
        answer = _send(desk, png_bytes(7204), has_scripts=True, since=since)
        assert (answer.status_code, answer["HX-Retarget"]) == (409, "#editor")


@pytest.fixture
def archive(settings: Settings) -> Iterator[Site]:
    """The picture archive of the clinic, which the operator lists."""
    with open_site() as archive:
        archive.answers["/disc.png"] = says(png_bytes(7301))
        archive.answers["/report.pdf"] = says(_PDF)
        settings.IMAGE_HOSTS = frozenset({f"127.0.0.1:{archive.port}"})
        yield archive


class TestAddresses:
    """The picture at an address becomes the panel's image, its source known."""

    def test_a_fetched_picture_is_shown_with_its_address_as_source(
        self, desk: Desk, archive: Site
    ) -> None:
        address = f"http://127.0.0.1:{archive.port}/disc.png"
        answer = desk.send("image_fetch", address=f" {address} ")
        assert (answer.status_code, answer["Location"]) == (302, desk.address())
        image = desk.panel().image
        assert image is not None
        assert (image.source, image.license, image.attribution) == (address, "", "")
        _assert_words_are_saved(desk)

    @pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
    def test_a_scan_leads_to_the_choice_of_frame_and_window(
        self, desk: Desk, archive: Site, *, has_scripts: bool
    ) -> None:
        archive.answers["/ct.dcm"] = says(Path(str(get_testdata_file("CT_small.dcm"))).read_bytes())
        address = f"http://127.0.0.1:{archive.port}/ct.dcm"
        answer = desk.send("image_fetch", address=address, has_scripts=has_scripts)
        way = reverse("curation:scan_detail", args=[Scan.objects.get().pk])
        told = answer.content.decode() if has_scripts else answer["Location"]
        assert way in told

    def test_scripts_are_told_where_it_is(self, desk: Desk, archive: Site) -> None:
        address = f"http://127.0.0.1:{archive.port}/disc.png"
        answer = desk.send("image_fetch", address=address, has_scripts=True)
        assert answer.status_code == 200
        assert ">Example 1</a>" in answer.content.decode()

    @pytest.mark.parametrize(
        ("address", "says"),
        [
            ("", "Enter the address of a picture first."),
            ("x" * 2001, "This address is too long."),
            ("disc.png", "The address of a picture looks like"),
            ("http://127.0.0.1/", "cannot be reached on the public web"),
            ("http://127.0.0.1:{port}/none.png", "There is no picture at this address"),
            ("http://127.0.0.1:{port}/report.pdf", "This looks like a PDF."),
        ],
    )
    @pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
    def test_what_gives_no_picture_is_refused_in_words_and_what_was_typed_is_kept(
        self, desk: Desk, archive: Site, address: str, says: str, *, has_scripts: bool
    ) -> None:
        before = desk.panel().image
        entered = address.format(port=archive.port)
        answer = desk.send("image_fetch", address=entered, has_scripts=has_scripts)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert says in page
        assert has_scripts or f'value="{entered}"' in page
        assert desk.panel().image == before
        _assert_words_are_saved(desk)

    def test_where_words_are_in_conflict_nothing_is_fetched(
        self, desk: Desk, archive: Site
    ) -> None:
        since = desk.shown()
        desk.send(answer="Right")
        address = f"http://127.0.0.1:{archive.port}/disc.png"
        assert desk.send("image_fetch", address=address, since=since).status_code == 409
        assert archive.asked == []
