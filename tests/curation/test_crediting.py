"""One credit for several pictures: offered, never inherited."""

from typing import Any

import pytest
from django.test import Client

from curation.models import Image
from tests.curation.writing import Desk, make_desk

pytestmark = pytest.mark.django_db

CREDIT = ("Our archive", "CC-BY-4.0", "The clinic")
FACTS: dict[str, Any] = {"source": CREDIT[0], "license": CREDIT[1], "attribution": CREDIT[2]}


@pytest.fixture
def desk(client: Client) -> Desk:
    """Four pictures without a credit, none confirmed, but for the first panel's credit."""
    desk = make_desk(client)
    shown = Image.objects.shown_in(desk.problem)
    shown.update(source="", license="", attribution="", no_patient_confirmed_at=None)
    shown.filter(panels=desk.panel(0)).update(**FACTS)
    return desk


def _credit(desk: Desk, index: int) -> tuple[str, ...]:
    image = desk.panel(index).image
    assert image is not None
    return image.credit


def _press(desk: Desk, name: str, index: int, **sent: object) -> int:
    panel = desk.panel(index)
    answer = desk.client.post(desk.address(name, panel), {**desk.shown(panel), **sent})
    return int(answer.status_code)


def test_a_picture_without_a_credit_is_offered_that_of_another_panel(desk: Desk) -> None:
    page = desk.client.get(desk.address(panel=desk.panel(1))).content.decode()
    assert "Same as Example 1<span>Our archive, CC BY 4.0, The clinic</span>" in page
    assert _press(desk, "image_credit", 1, credit_of=desk.panel(0).image_id) == 302
    assert _credit(desk, 1) == CREDIT
    image = desk.panel(1).image
    assert image is not None
    assert image.no_patient_confirmed_at is None
    assert _credit(desk, 2) == ("", "", "")
    page = desk.client.get(desk.address(panel=desk.panel(1))).content.decode()
    assert "Same as" not in page


def test_a_credit_typed_once_is_used_for_all_pictures_without_one(desk: Desk) -> None:
    typed = desk.send(has_scripts=True, **FACTS).content.decode()
    assert "license and attribution for Example 2, Example 3, Query, too" in typed
    image = desk.panel(3).image
    assert image is not None
    Image.objects.filter(pk=image.pk).update(license="MIT")
    assert _press(desk, "image_credit_others", 0) == 302
    assert [_credit(desk, index) for index in range(3)] == [CREDIT] * 3
    assert _credit(desk, 3) == ("", "MIT", "")
    confirmed = Image.objects.shown_in(desk.problem).filter(no_patient_confirmed_at__isnull=False)
    assert not confirmed.exists()


@pytest.mark.parametrize("of", ["", "no-such", "00000000-0000-0000-0000-000000000000"])
def test_a_credit_that_is_no_longer_there_is_not_taken(desk: Desk, of: str) -> None:
    assert _press(desk, "image_credit", 1, credit_of=of) == 422
    assert _credit(desk, 1) == ("", "", "")


def test_half_a_credit_goes_nowhere(desk: Desk) -> None:
    assert _press(desk, "image_credit_others", 1) == 422
    assert _press(desk, "image_credit", 1, credit_of=desk.panel(2).image_id) == 422
