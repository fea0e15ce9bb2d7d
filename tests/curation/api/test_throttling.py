"""Limits a minute: of a token, a person, a stranger's address; and when to ask again."""

import pytest
from django.test import Client
from pytest_django import Settings

from tests.curation.programs import ROOT, Program
from tests.factories import make_person

pytestmark = pytest.mark.django_db


def _limit(settings: Settings, **rates: int) -> None:
    settings.API_RATES = {"requests": 1000, "writes": 1000, "anonymous": 1000, **rates}


def test_a_token_has_a_limit_of_its_own(settings: Settings) -> None:
    _limit(settings, requests=3)
    person = make_person()
    one, other = Program(person), Program(person)
    assert [one.get("/problems").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = one.get("/problems")
    assert refused["Content-Type"] == "application/problem+json"
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert other.get("/problems").status_code == 200


def test_what_changes_something_has_a_smaller_one(settings: Settings) -> None:
    _limit(settings, writes=1)
    program = Program(make_person(is_author=True))
    assert program.post("/problems").status_code == 422
    assert program.post("/problems").status_code == 429
    assert program.get("/problems").status_code == 200


def test_strangers_share_the_limit_of_their_address_with_guessers(settings: Settings) -> None:
    _limit(settings, anonymous=3)
    nobody = Program()
    assert nobody.get("/releases").status_code == 200
    guess = "Bearer icl_000000000000_x"
    codes = [nobody.get("/releases", Authorization=guess).status_code for _ in range(3)]
    assert codes == [401, 401, 429]
    assert nobody.get("/releases").status_code == 429
    assert Program(make_person()).get("/problems").status_code == 200


def test_somebody_signed_in_has_a_limit_in_all_browsers_together(settings: Settings) -> None:
    _limit(settings, requests=1)
    person = make_person()
    for expected in (200, 429):
        browser = Client()
        browser.force_login(person)
        assert browser.get(f"{ROOT}/problems").status_code == expected
