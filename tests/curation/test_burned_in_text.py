"""Text in pictures: found by a worker, confirmed by who brought them, else never published."""

from typing import Any, cast

import pytest
from celery import current_app
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from curation import tasks
from curation.domain import burned_in_text
from curation.domain.burned_in_text import TextSearchError
from curation.errors import InvalidContentError
from curation.images import attest_text, bring_image, look_for_text
from curation.models import Image, Panel, Release, Status, User
from curation.models.image import MAX_TEXT_SEARCHES
from curation.releases import cut_release
from curation.tasks import look_for_texts
from tests.curation.domain.test_burned_in_text import with_name
from tests.curation.statuses import bring_to, current, make_crew
from tests.curation.writing import FACTS, Desk, make_desk
from tests.factories import make_editor, make_image, make_person

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not burned_in_text.is_installed(), reason="the extra ocr is not installed"),
]

AREAS = [[10, 12, 200, 20], [10, 40, 90, 18]]


@pytest.fixture
def author(client: Client) -> User:
    author = make_person(is_author=True)
    client.force_login(author)
    return author


def _with_areas(author: User, areas: Any) -> Image:
    image = make_image(author)
    image.text_areas = areas
    image.save(update_fields=["text_areas"])
    return image


class TestLooking:
    """Each picture once, by a worker; one that cannot be searched is given up."""

    def test_an_installation_may_leave_looking_to_authors(
        self, author: User, settings: Settings
    ) -> None:
        settings.TEXT_SEARCH = False
        image = bring_image(with_name((10, 10)), by=author)
        tasks.look_for_text(image.pk)
        image.refresh_from_db()
        assert (image.text_areas, image.text_searches) == (None, 0)

    def test_the_places_are_kept_and_not_the_words(self, author: User) -> None:
        image = bring_image(with_name((10, 10)), by=author)
        look_for_text(image)
        image.refresh_from_db()
        assert image.text_areas
        assert "MUSTERMANN" not in str(Image.objects.filter(pk=image.pk).values().get())
        assert list(Image.objects.with_unattested_text()) == [image]

    def test_a_sweep_looks_at_every_new_picture(
        self, author: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(current_app.conf, "task_always_eager", True)
        image = bring_image(with_name((10, 10)), by=author)
        look_for_texts.delay()
        image.refresh_from_db()
        assert image.text_areas
        assert not Image.objects.unsearched()

    def test_nobody_looks_twice(self, author: User) -> None:
        image = _with_areas(author, [])
        look_for_text(image)
        image.refresh_from_db()
        assert (image.text_areas, image.text_searches) == ([], 0)

    def test_a_picture_that_cannot_be_searched_is_given_up(self, author: User) -> None:
        image = make_image(author, 8020)  # of no other test, as its file is spoiled
        storages["images"].save(image.storage_name, ContentFile(b"no picture"))
        for _ in range(MAX_TEXT_SEARCHES):
            with pytest.raises(TextSearchError):
                look_for_text(image)
        assert not Image.objects.unsearched()
        look_for_text(image)


class TestSaying:
    """Who brought a picture covers or confirms it; others read."""

    @pytest.fixture
    def desk(self, client: Client) -> Desk:
        return make_desk(client)

    def _place(self, desk: Desk, areas: Any) -> str:
        Image.objects.filter(pk=cast("Image", desk.panel().image).pk).update(text_areas=areas)
        return desk.client.get(desk.address("panel_text")).content.decode()

    def test_the_places_are_outlined_and_can_be_covered(self, desk: Desk) -> None:
        part = self._place(desk, AREAS)
        assert part.count("<rect") == len(AREAS)
        assert desk.address("image_retouch") in part
        assert "It names no patient" in part
        assert "hx-get" not in part

    def test_a_picture_nobody_looked_at_asks_again(self, desk: Desk) -> None:
        assert "hx-get" in self._place(desk, None)

    def test_a_picture_without_text_says_nothing(self, desk: Desk) -> None:
        assert "<p" not in self._place(desk, [])

    def test_confirming_on_the_page_keeps_the_words_too(self, desk: Desk) -> None:
        self._place(desk, AREAS)
        assert desk.send("text_confirm", answer="Right").status_code == 302
        panel = desk.panel()
        assert panel.answer == "Right"
        assert panel.image is not None
        assert panel.image.text_attested_at is not None
        assert "It names no patient" not in desk.client.get(desk.address()).content.decode()

    def test_one_confirmation_is_enough_and_taking_it_back_takes_both(self, desk: Desk) -> None:
        image = desk.panel().image
        assert image is not None
        for ticked, is_attested in ((None, False), ("on", True), (None, False)):
            Image.objects.filter(pk=image.pk).update(text_areas=AREAS)
            desk.send(**{**FACTS, "no_patient_confirmed": ticked})
            image.refresh_from_db()
            assert (image.text_attested_at is not None) == is_attested

    def test_a_panel_without_a_picture_has_nothing_to_confirm(self, desk: Desk) -> None:
        Panel.objects.filter(pk=desk.panel().pk).update(image=None)
        assert desk.send("text_confirm").status_code == 422

    def test_nobody_confirms_for_another(self, client: Client, author: User) -> None:
        image = _with_areas(author, AREAS)
        client.force_login(make_editor())
        assert client.post(reverse("curation:text_attest", args=[image.pk])).status_code == 403
        image.refresh_from_db()
        assert image.text_attested_at is None

    def test_confirming_is_kept_with_its_time(self, client: Client, author: User) -> None:
        image = _with_areas(author, AREAS)
        answer = client.post(reverse("curation:text_attest", args=[image.pk]), {"back": "/"})
        assert answer.url == "/"  # type: ignore[attr-defined]  # a redirect
        image.refresh_from_db()
        assert image.text_attested_at is not None
        assert not Image.objects.with_unattested_text()

    def test_confirming_can_be_taken_back(self, author: User) -> None:
        image = _with_areas(author, AREAS)
        attest_text(image, is_harmless=True)
        attest_text(image, is_harmless=False)
        assert image.text_attested_at is None


class TestPublishing:
    """Nothing with text that nobody vouched for enters a release."""

    def test_a_release_waits_for_the_author(self) -> None:
        crew = make_crew()
        problem = bring_to(Status.APPROVED, crew)
        image = current(problem).images.first()
        assert image is not None
        Image.objects.filter(pk=image.pk).update(text_areas=AREAS)
        with pytest.raises(InvalidContentError, match="Text was found in this picture"):
            cut_release("1.0.0", notes="", by=crew.editor)
        assert not Release.objects.exists()
        image.refresh_from_db()
        attest_text(image, is_harmless=True)
        assert cut_release("1.0.0", notes="", by=crew.editor).items.count() == 1
