"""Images: who may see them, how they are sent, how they are kept."""

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from PIL import Image as Pillow
from pytest_django import Settings

from curation.domain.imaging import MAX_UPLOAD_BYTES, ImageRefusedError
from curation.images import ImageFacts, bring_image, describe_image, read_image
from curation.models import Image, Problem, User
from tests.curation.cast import Cast, make_approved, make_submitted
from tests.curation.writing import make_desk
from tests.factories import make_person, make_problem, make_release, png_bytes, submit

pytestmark = pytest.mark.django_db

both = pytest.mark.parametrize("name", ["image_file", "image_thumbnail"])
_FACTS = ImageFacts(
    source=" Our archive ",
    license="CC-BY-4.0",
    attribution="The clinic\n",
    alt_text="A chest",
    is_without_patient=True,
)


@pytest.fixture
def cast() -> Cast:
    return Cast()


def _ask(client: Client, image: Image, name: str = "image_file") -> Any:
    return client.get(reverse(f"curation:{name}", args=[image.pk]))


def _bytes(answer: Any) -> bytes:
    """What was sent. Reading to the end closes the file, and leaves the test its connection."""
    return b"".join(answer.streaming_content)


def _first_image(problem: Problem) -> Image:
    image = problem.panels.in_order()[0].image
    assert image is not None
    return image


def _may_see(image: Image, person: User) -> bool:
    """Whether the page shows it; otherwise it must look as if there were none."""
    client = Client()
    client.force_login(person)
    answer = _ask(client, image)
    assert answer.status_code in {200, 404}
    return bool(answer.streaming and _bytes(answer))


class TestWhoSees:
    """An image is absent for those who may not see it."""

    def test_of_a_draft_only_its_author_and_editors_see_the_image(self, cast: Cast) -> None:
        image = _first_image(cast.draft)
        assert _may_see(image, cast.author)
        assert _may_see(image, cast.editor)
        for person in (cast.other_author, cast.reviewer, cast.reader):
            assert not _may_see(image, person)

    def test_what_was_submitted_reviewers_see_too(self, cast: Cast) -> None:
        image = _first_image(make_submitted(cast.author))
        assert _may_see(image, cast.reviewer)
        for person in (cast.other_author, cast.reader):
            assert not _may_see(image, person)

    def test_what_was_withdrawn_is_the_author_s_again(self, cast: Cast) -> None:
        image = _first_image(cast.withdrawn)
        assert _may_see(image, cast.author)
        assert not _may_see(image, cast.reviewer)

    def test_an_image_in_no_submission_is_not_shown_to_reviewers(self, cast: Cast) -> None:
        make_submitted(cast.author)
        assert not _may_see(bring_image(png_bytes(8001), by=cast.author), cast.reviewer)

    def test_what_was_released_every_member_sees(self, cast: Cast) -> None:
        problem = make_approved(cast.author)
        image = _first_image(problem)
        assert not _may_see(image, cast.reader)
        make_release(problem)
        assert _may_see(image, cast.reader)
        assert _may_see(image, cast.other_author)

    def test_one_s_own_image_of_the_same_picture_stays_hidden_from_others(self, cast: Cast) -> None:
        mine, theirs = (
            bring_image(png_bytes(8002), by=person) for person in (cast.author, cast.other_author)
        )
        assert mine.sha256 == theirs.sha256
        assert _may_see(mine, cast.author)
        assert not _may_see(theirs, cast.author)

    @both
    def test_strangers_do_not_see_what_was_not_released(
        self, client: Client, cast: Cast, name: str
    ) -> None:
        assert _ask(client, cast.image, name).status_code == 404


class TestHowItIsSent:
    """Our bytes under our type, to be run as nothing else."""

    @pytest.fixture
    def image(self, client: Client) -> Image:
        person = make_person(is_author=True)
        client.force_login(person)
        return bring_image(png_bytes(8003, side=400), by=person)

    def test_the_bytes_are_the_stored_ones(self, client: Client, image: Image) -> None:
        content = _bytes(_ask(client, image))
        assert content == read_image(image)
        assert hashlib.sha256(content).hexdigest() == image.sha256

    @both
    def test_no_browser_runs_it(self, client: Client, image: Image, name: str) -> None:
        answer = _ask(client, image, name)
        assert _bytes(answer)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Content-Disposition"].startswith("inline")
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"

    @both
    def test_only_the_browser_itself_keeps_it_and_for_long(
        self, client: Client, image: Image, name: str
    ) -> None:
        answer = _ask(client, image, name)
        assert _bytes(answer)
        assert answer["Cache-Control"] == "private, max-age=31536000, immutable"

    @pytest.mark.parametrize(
        ("name", "media_type"), [("image_file", "image/png"), ("image_thumbnail", "image/jpeg")]
    )
    def test_the_type_is_that_of_the_bytes(
        self, client: Client, image: Image, name: str, media_type: str
    ) -> None:
        answer = _ask(client, image, name)
        assert answer["Content-Type"] == media_type
        with Pillow.open(BytesIO(_bytes(answer))) as picture:
            assert picture.get_format_mimetype() == media_type

    def test_the_thumbnail_is_small(self, client: Client, image: Image) -> None:
        answer = _ask(client, image, "image_thumbnail")
        with Pillow.open(BytesIO(_bytes(answer))) as picture:
            assert picture.size == (320, 320)


class TestKeeping:
    """One stored file for one picture."""

    def test_a_picture_lies_under_its_own_hash(self) -> None:
        image = bring_image(png_bytes(8004), by=make_person())
        assert hashlib.sha256(read_image(image)).hexdigest() == image.sha256
        assert image.storage_name == f"{image.sha256[:2]}/{image.sha256[2:4]}/{image.sha256}.png"
        assert image.byte_size == len(read_image(image))
        assert storages["images"].exists(image.thumbnail_name)
        image.refresh_from_db()
        assert len(image.fingerprint) == 16

    def test_a_jpeg_stays_one(self) -> None:
        buffer = BytesIO()
        Pillow.open(BytesIO(png_bytes(8005))).save(buffer, "JPEG")
        image = bring_image(buffer.getvalue(), by=make_person())
        assert image.media_type == "image/jpeg"
        assert image.storage_name.endswith(".jpg")

    def test_the_same_picture_twice_is_one_row_and_one_file(self) -> None:
        person = make_person()
        first, second = (bring_image(png_bytes(8006), by=person) for _ in range(2))
        assert first == second
        assert Image.objects.filter(sha256=first.sha256).count() == 1
        folder = first.storage_name.rpartition("/")[0]
        _, files = storages["images"].listdir(folder)
        assert sorted(files) == [f"{first.sha256}.png", f"{first.sha256}.thumbnail.jpg"]

    @pytest.mark.parametrize("is_submitted", [True, False])
    def test_a_picture_brought_again_is_confirmed_anew_unless_a_revision_shows_it(
        self, *, is_submitted: bool
    ) -> None:
        author = make_person(is_author=True)
        image = bring_image(png_bytes(8010), by=author)
        describe_image(image, _FACTS)
        if is_submitted:
            problem = make_problem(author)
            problem.panels.filter(position=0).update(image=image)
            submit(problem)
        bring_image(png_bytes(8010), by=author)
        image.refresh_from_db()
        assert (image.no_patient_confirmed_at is not None) == is_submitted
        assert image.source == "Our archive"

    def test_the_same_picture_of_two_people_is_one_file_with_two_descriptions(self) -> None:
        one, other = (bring_image(png_bytes(8007), by=make_person()) for _ in range(2))
        assert one.storage_name == other.storage_name
        describe_image(one, _FACTS)
        other.refresh_from_db()
        assert (other.source, other.no_patient_confirmed_at) == ("", None)

    def test_a_lost_file_comes_back_with_the_same_picture(self) -> None:
        person = make_person()
        image = bring_image(png_bytes(8008), by=person)
        storages["images"].delete(image.storage_name)
        assert bring_image(png_bytes(8008), by=person) == image
        assert hashlib.sha256(read_image(image)).hexdigest() == image.sha256

    @pytest.mark.parametrize("which", ["storage_name", "thumbnail_name"])
    def test_a_truncated_file_is_mended_by_the_same_picture(self, which: str) -> None:
        person = make_person()
        image = bring_image(png_bytes(8010), by=person)
        file = Path(storages["images"].path(getattr(image, which)))
        whole = file.read_bytes()
        file.write_bytes(whole[:100])
        assert bring_image(png_bytes(8010), by=person) == image
        assert file.read_bytes() == whole
        assert len(list(file.parent.iterdir())) == 2

    def test_a_file_is_there_whole_or_not_at_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def killed(*_: Any) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(Path, "replace", killed)
        person = make_person()
        with pytest.raises(KeyboardInterrupt):
            bring_image(png_bytes(8011), by=person)
        image = Image.objects.get(uploaded_by=person)
        assert not storages["images"].exists(image.storage_name)
        monkeypatch.undo()
        assert bring_image(png_bytes(8011), by=person) == image
        assert hashlib.sha256(read_image(image)).hexdigest() == image.sha256

    def test_one_limit_of_size_is_meant_everywhere(
        self, settings: Settings, client: Client
    ) -> None:
        assert settings.UPLOAD_MAX_BYTES == MAX_UPLOAD_BYTES
        desk = make_desk(client)
        page = client.get(desk.address()).content.decode()
        assert f"up to {MAX_UPLOAD_BYTES // 1024**2} MB<" in page

    def test_what_is_no_picture_leaves_no_row(self) -> None:
        with pytest.raises(ImageRefusedError, match="PDF"):
            bring_image(b"%PDF-1.7", by=make_person())
        assert not Image.objects.exists()


class TestDescribing:
    """Where an image is from and what is allowed."""

    def test_facts_are_kept_without_margins(self) -> None:
        image = bring_image(png_bytes(8009), by=make_person())
        describe_image(image, _FACTS)
        image.refresh_from_db()
        assert (image.source, image.attribution) == ("Our archive", "The clinic")
        assert image.no_patient_confirmed_at is not None

    def test_only_the_facts_are_written(self) -> None:
        image = bring_image(png_bytes(8012), by=make_person())
        Image.objects.filter(pk=image.pk).update(fingerprint="f" * 16)
        describe_image(image, _FACTS)
        image.refresh_from_db()
        assert image.fingerprint == "f" * 16
        assert image.alt_text == _FACTS.alt_text

    def test_what_was_frozen_does_not_change_with_the_facts(self, cast: Cast) -> None:
        frozen = make_submitted(cast.author).current_revision
        assert frozen is not None
        image = frozen.images.order_by("pk")[0]
        describe_image(image, _FACTS)
        image.refresh_from_db()
        frozen.refresh_from_db()
        assert image.source == "Our archive"
        assert {shown.source for shown in frozen.content().images} == {"Made for tests"}
