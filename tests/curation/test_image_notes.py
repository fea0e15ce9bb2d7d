"""What a panel's page says of its picture: who shows it, too, and who looks for text in it."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from curation.models import Image, User
from tests.curation.writing import Desk, make_desk
from tests.factories import Shown, make_image, make_problem

pytestmark = pytest.mark.django_db

_LOOK_YOURSELF = "No automatic check for text in pictures runs here; please look yourself."


@pytest.fixture
def desk(client: Client) -> Desk:
    return make_desk(client)


def _page(desk: Desk) -> str:
    page: str = desk.client.get(desk.address()).content.decode()
    return page


def _show(desk: Desk, image: Image) -> None:
    desk.problem.panels.filter(pk=desk.panel().pk).update(image=image)


def test_one_s_own_problem_with_the_same_picture_is_named_and_shown(desk: Desk) -> None:
    other = make_problem(desk.author)
    shown = other.panels.in_order()[0].image
    assert shown is not None
    _show(desk, shown)
    page = _page(desk)
    assert reverse("curation:problem_overview", args=[other.pk]) in page
    assert reverse("curation:image_thumbnail", args=[shown.pk]) in page
    assert "You can submit all the same." not in page


def test_a_problem_that_one_may_not_see_is_not_named_and_what_to_do_is_said(desk: Desk) -> None:
    other = make_problem(query=Shown(answer="A disc", picture=901))
    _show(desk, make_image(desk.author, 901))
    page = _page(desk)
    assert str(other.pk) not in page
    assert "You can submit all the same." in page
    assert 'href="#explaining-image_seen_elsewhere"' in page


def test_where_no_worker_looks_for_text_the_author_is_asked_to(
    desk: Desk, settings: Settings
) -> None:
    settings.TEXT_SEARCH = False
    assert _LOOK_YOURSELF in _page(desk)
    Image.objects.shown_in(desk.problem).update(text_areas=[])
    assert _LOOK_YOURSELF not in _page(desk)


def test_the_hint_to_bring_an_image_goes_once_one_is_there(desk: Desk) -> None:
    User.objects.filter(pk=desk.author.pk).update(hints_seen=0)
    assert "Hint 2 of 3" in _page(desk)
    desk.client.post(reverse("curation:hint_next"), {"skipped": "1"})
    assert "Hint 3 of 3" in _page(desk)
    User.objects.filter(pk=desk.author.pk).update(hints_seen=0)
    desk.problem.panels.update(image=None)
    assert "Hint 1 of 3" in _page(desk)
