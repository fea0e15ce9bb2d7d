"""Cropping the image of a panel and covering parts of it, by its page."""

import hashlib
import io
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import storages
from django.test import Client
from django.utils import timezone
from PIL import Image as Pillow

from curation import arranging, workflow
from curation.domain.retouching import Rectangle, RetouchError
from curation.images import bring_image, read_image, retouch_image
from curation.models import Image, User
from tests.curation.writing import Desk, make_desk
from tests.factories import make_person, png_bytes

pytestmark = pytest.mark.django_db

BOX = Rectangle(4, 6, 20, 10)
SIDES = ("left", "top", "width", "height")
SENT = {"left": "4", "top": "6", "width": "20", "height": "10"}
CROP = {"crop-left": "2", "crop-top": "3", "crop-width": "40", "crop-height": "36"}
AREAS = [[1, 2, 30, 8], [10, 40, 20, 6]]


@pytest.fixture
def desk(client: Client) -> Desk:
    return make_desk(client)


def _image(desk: Desk) -> Image:
    image = desk.panel().image
    assert image is not None
    return image


def _send(desk: Desk, **typed: Any) -> Any:
    """Press a button of the page, Apply unless `then` names another."""
    sent = {"image": str(_image(desk).pk), "then": "apply", **typed}
    return desk.client.post(desk.address("image_retouch"), sent)


def _page(desk: Desk) -> str:
    return str(desk.client.get(desk.address("image_retouch")).content.decode())


def _pixels(data: bytes) -> np.ndarray:
    return np.asarray(Pillow.open(io.BytesIO(data)).convert("RGB")).astype(int)


def _boxes(page: str) -> list[str]:
    """The boxes that the page's picture shows."""
    return [line.partition(" />")[0] for line in page.split('<rect class="is-box" ')[1:]]


class TestVerb:
    """A new image, which knows where it comes from."""

    @pytest.fixture
    def person(self) -> User:
        return make_person(is_author=True)

    @pytest.fixture
    def image(self, person: User) -> Image:
        image = bring_image(png_bytes(9101), by=person)
        Image.objects.filter(pk=image.pk).update(
            source="Our archive",
            license="CC-BY-4.0",
            attribution="The clinic",
            alt_text="A chest",
            acquisition={"modality": "CR"},
            text_areas=AREAS,
            text_attested_at=timezone.now(),
            no_patient_confirmed_at=timezone.now(),
        )
        image.refresh_from_db()
        return image

    def test_what_was_said_of_the_image_is_kept_but_not_what_was_confirmed(
        self, image: Image, person: User
    ) -> None:
        made = retouch_image(image, crop=None, boxes=[BOX], by=person)
        made.refresh_from_db()
        facts = ("source", "license", "attribution", "alt_text", "acquisition", "media_type")
        assert [getattr(made, fact) for fact in facts] == [getattr(image, fact) for fact in facts]
        assert (made.no_patient_confirmed_at, made.text_areas, made.text_attested_at) == (None,) * 3
        assert made.origin_sha256 == image.sha256
        assert made.uploaded_by == person
        assert not made.is_described

    def test_its_file_and_thumbnail_are_its_own(self, image: Image, person: User) -> None:
        made = retouch_image(image, crop=Rectangle(0, 0, 40, 32), boxes=[BOX], by=person)
        data = read_image(made)
        assert hashlib.sha256(data).hexdigest() == made.sha256 != image.sha256
        assert (made.width, made.height, made.byte_size) == (40, 32, len(data))
        assert _pixels(data)[BOX.top : BOX.bottom, BOX.left : BOX.right].max() == 0
        with storages["images"].open(made.thumbnail_name) as file:
            assert _pixels(file.read())[8:14, 8:20].max() < 40

    def test_the_image_itself_stays_as_it_was(self, image: Image, person: User) -> None:
        before, data = Image.objects.filter(pk=image.pk).values()[0], read_image(image)
        retouch_image(image, crop=None, boxes=[BOX], by=person)
        assert Image.objects.filter(pk=image.pk).values()[0] == before
        assert read_image(image) == data

    def test_a_picture_changed_twice_names_the_one_that_was_brought(
        self, image: Image, person: User
    ) -> None:
        once = retouch_image(image, crop=None, boxes=[BOX], by=person)
        twice = retouch_image(once, crop=Rectangle(0, 0, 40, 40), boxes=[], by=person)
        assert twice.origin_sha256 == image.sha256
        assert twice.sha256 != once.sha256

    def test_the_same_change_twice_is_one_image(self, image: Image, person: User) -> None:
        first, second = (retouch_image(image, crop=None, boxes=[BOX], by=person) for _ in range(2))
        assert first == second

    def test_a_refused_change_leaves_no_image(self, image: Image, person: User) -> None:
        with pytest.raises(RetouchError, match="nothing to do"):
            retouch_image(image, crop=None, boxes=[], by=person)
        assert list(Image.objects.filter(uploaded_by=person)) == [image]

    def test_a_picture_of_several_megapixels_can_be_changed(self, person: User) -> None:
        buffer = io.BytesIO()
        Pillow.linear_gradient("L").resize((3000, 2000)).save(buffer, "JPEG")
        image = bring_image(buffer.getvalue(), by=person)
        box = Rectangle(1001, 1003, 700, 300)
        made = retouch_image(image, crop=None, boxes=[box], by=person)
        assert (made.media_type, made.width) == ("image/jpeg", 3000)
        assert _pixels(read_image(made))[box.top : box.bottom, box.left : box.right].max() == 0


class TestApplying:
    """The panel shows the new image."""

    def test_the_panel_shows_the_new_picture_and_the_author_is_asked_to_confirm(
        self, desk: Desk
    ) -> None:
        before, others = _image(desk), [desk.panel(index).image for index in (1, 2, 3)]
        answer = _send(desk, **SENT, **CROP)
        assert (answer.status_code, answer["Location"]) == (302, desk.address())
        after = _image(desk)
        assert after != before
        assert (after.origin_sha256, after.width, after.height) == (before.sha256, 40, 36)
        # The box, seen from the corner of what is left.
        assert _pixels(read_image(after))[3:13, 2:22].max() == 0
        assert [desk.panel(index).image for index in (1, 2, 3)] == others
        page = desk.client.get(desk.address()).content.decode()
        assert "Please confirm again that no patient can be identified." in page
        assert "Confirm that no patient can be identified." in page

    def test_several_boxes_are_covered_and_empty_rows_mean_nothing(self, desk: Desk) -> None:
        columns = {"left": ["", "0", "40"], "top": ["", "0", "40"]}
        sizes = {side: ["", "8", "8"] for side in ("width", "height")}
        assert _send(desk, **columns, **sizes).status_code == 302
        pixels = _pixels(read_image(_image(desk)))
        assert pixels[:8, :8].max() == pixels[40:, 40:].max() == 0

    def test_a_form_without_a_button_applies(self, desk: Desk) -> None:
        before = _image(desk)
        sent = {"image": str(before.pk), **SENT}
        assert desk.client.post(desk.address("image_retouch"), sent).status_code == 302
        assert _image(desk) != before


class TestWithoutScripts:
    """The page draws what the numbers say, and its buttons fill them in."""

    def test_preview_draws_the_numbers_and_changes_nothing(self, desk: Desk) -> None:
        before = _image(desk)
        answer = _send(desk, then="preview", **SENT, **CROP)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert _boxes(page) == ['x="4" y="6" width="20" height="10"']
        assert '<rect class="is-crop" x="2" y="3" width="40" height="36" />' in page
        assert 'name="left" value="4"' in page
        assert (_image(desk), desk.is_untouched()) == (before, True)

    def test_a_box_can_be_added_and_removed(self, desk: Desk) -> None:
        page = _send(desk, then="add", **SENT).content.decode()
        assert page.count('data-rectangle="box"') == 3  # two rows, and the one scripts copy
        assert 'name="left" value="4"' in page
        two = {side: [SENT[side], "1"] for side in SIDES}
        page = _send(desk, then="remove-0", **two).content.decode()
        assert _boxes(page) == ['x="1" y="1" width="1" height="1"']

    def test_the_crop_can_be_taken_back(self, desk: Desk) -> None:
        page = _send(desk, then="uncrop", **SENT, **CROP).content.decode()
        assert "is-crop" not in page
        assert len(_boxes(page)) == 1

    def test_what_looks_like_text_is_outlined_and_covered_by_a_button(self, desk: Desk) -> None:
        Image.objects.filter(pk=_image(desk).pk).update(text_areas=AREAS)
        page = _page(desk)
        assert page.count('<rect class="is-suggested"') == 2
        assert "2 places look like text" in page
        one = _send(desk, then="cover-1").content.decode()
        assert _boxes(one) == ['x="10" y="40" width="20" height="6"']
        assert len(_boxes(_send(desk, then="cover-all", **SENT).content.decode())) == 3

    @pytest.mark.parametrize(
        ("areas", "says"),
        [
            (None, "Nobody has looked for text"),
            ([], "No text was found"),
            (AREAS[:1], "1 place looks like text"),
        ],
    )
    def test_the_page_says_whether_text_was_looked_for(
        self, desk: Desk, areas: Any, says: str
    ) -> None:
        Image.objects.filter(pk=_image(desk).pk).update(text_areas=areas)
        assert says in _page(desk)

    @pytest.mark.parametrize("then", ["cover-9", "cover-x", "cover-", "remove-9", "remove--1"])
    def test_a_button_for_what_is_not_there_keeps_the_form(self, desk: Desk, then: str) -> None:
        answer = _send(desk, then=then, **SENT)
        assert answer.status_code == 200
        assert len(_boxes(answer.content.decode())) == 1


_REFUSED = {
    "nothing": ({}, "nothing to do"),
    "outside": ({**SENT, "left": "40"}, "Box 1 reaches beyond the picture, which has 48 x 48"),
    "negative": ({**SENT, "top": "-1"}, "Box 1 reaches beyond"),
    "zero": ({**SENT, "width": "0"}, "Box 1 is empty"),
    "half": ({**SENT, "height": ""}, "Box 1: Fill in all four numbers, or none."),
    "words": ({**SENT, "height": "ten"}, "Box 1: Enter a whole number."),
    "fraction": ({**SENT, "height": "1.5"}, "Box 1: Enter a whole number."),
    "NUL": ({**SENT, "height": "1\x00"}, "Box 1: Enter a whole number."),
    "many digits": ({**SENT, "height": "9" * 5000}, "Box 1: Enter a whole number."),
    "huge": ({**SENT, "height": "9" * 30}, "Box 1 reaches beyond"),
    "ragged": ({"left": ["1", "2"], "top": "1"}, "Box 1: Fill in all four numbers"),
    "small crop": ({**CROP, "crop-width": "31"}, "at least 32 x 32 pixels"),
    "crop outside": ({**CROP, "crop-left": "9"}, "The crop reaches beyond"),
    "half a crop": ({"crop-left": "9"}, "The crop: Fill in all four numbers"),
    "51 boxes": ({side: [SENT[side]] * 51 for side in SIDES}, "There are 51 boxes; at most 50"),
}


class TestRefusals:
    """Whatever is sent: words, the numbers still there, nothing stored."""

    @pytest.mark.parametrize("then", ["apply", "preview"])
    @pytest.mark.parametrize(("typed", "says"), _REFUSED.values(), ids=_REFUSED.keys())
    def test_numbers_that_cannot_be_taken_come_back(
        self, desk: Desk, typed: dict[str, Any], says: str, then: str
    ) -> None:
        answer = _send(desk, then=then, **typed)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert says in page
        for value in filter(None, typed.values()):
            assert f'value="{value if isinstance(value, str) else value[0]}"' in page
        assert desk.is_untouched()

    def test_markup_in_a_number_is_text(self, desk: Desk) -> None:
        page = _send(desk, **SENT | {"left": '"><script>alert(1)</script>'}).content.decode()
        assert "<script>alert" not in page

    def test_a_picture_that_was_exchanged_meanwhile_is_not_covered(self, desk: Desk) -> None:
        drawn_on = _image(desk)
        other = bring_image(png_bytes(9103), by=desk.author)
        arranging.place_image(desk.panel(), image=other)
        answer = _send(desk, image=str(drawn_on.pk), **SENT)
        assert answer.status_code == 409
        assert "shows another picture than the one you drew on" in answer.content.decode()
        assert _image(desk) == other

    @pytest.mark.parametrize("image", ["", "none", "1\x00"])
    def test_a_form_that_names_no_picture_is_refused(self, desk: Desk, image: str) -> None:
        assert _send(desk, image=image, **SENT).status_code == 409
        assert desk.is_untouched()

    def test_a_panel_removed_in_another_window_leaves_nothing_to_cover(self, desk: Desk) -> None:
        address = desk.address("image_retouch")
        arranging.remove_panel(desk.panel())
        assert desk.client.post(address, SENT).status_code == 404

    def test_a_failing_decoder_keeps_what_was_drawn(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
    ) -> None:
        broken = tmp_path / "child.py"
        broken.write_text("raise SystemExit(1)")
        monkeypatch.setattr("curation.domain.imaging._CHILD", broken)
        answer = _send(desk, **SENT)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "The picture could not be changed now." in page
        assert len(_boxes(page)) == 1


class TestWhoAndWhen:
    """Only the author, only in a draft, only where there is an image."""

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_another_author_finds_nothing(self, desk: Desk, method: str) -> None:
        desk.client.force_login(make_person(is_author=True))
        sent = {"image": str(_image(desk).pk), **SENT}
        assert getattr(desk.client, method)(desk.address("image_retouch"), sent).status_code == 404
        assert desk.is_untouched()

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_an_editor_who_did_not_write_it_is_refused(self, desk: Desk, method: str) -> None:
        desk.client.force_login(make_person(is_editor=True, is_author=True))
        sent = {"image": str(_image(desk).pk), **SENT}
        assert getattr(desk.client, method)(desk.address("image_retouch"), sent).status_code == 403
        assert desk.is_untouched()

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_what_is_before_the_reviewers_is_not_changed(self, desk: Desk, method: str) -> None:
        workflow.submit(desk.problem, by=desk.author, version=desk.version())
        before = _image(desk)
        sent = {"image": str(before.pk), **SENT}
        answer = getattr(desk.client, method)(desk.address("image_retouch"), sent)
        assert answer.status_code == 409
        assert "is submitted and cannot be changed now" in answer.content.decode()
        assert _image(desk) == before
        assert not Image.objects.filter(origin_sha256=before.sha256).exists()

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_panel_without_an_image_has_no_such_page(self, desk: Desk, method: str) -> None:
        address = desk.address("image_retouch")
        desk.send("image_remove")
        assert getattr(desk.client, method)(address, SENT).status_code == 404
