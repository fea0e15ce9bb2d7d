"""Tokens for programs: shown once, kept as a hash, good for what was chosen and for a time."""

from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from curation.errors import InvalidContentError, RefusedTokenError, WrongMomentError
from curation.models import ApiToken, Scope, User
from curation.people import deactivate, reactivate
from curation.tokens import authenticate_token, create_token, revoke_token
from tests.curation.cast import Cast
from tests.factories import make_editor, make_person

pytestmark = pytest.mark.django_db

_SCOPES = [Scope.READ_RUNS, Scope.READ_RELEASES]


@pytest.fixture
def person() -> User:
    return make_person()


def _make(person: User) -> tuple[ApiToken, str]:
    return create_token(person, name="A script", scopes=_SCOPES, days=30)


def test_a_token_says_whose_it_is_and_what_it_is_for(person: User) -> None:
    _, text = _make(person)
    bearer = authenticate_token(text)
    assert bearer.person == person
    assert bearer.scopes == {"runs:read", "releases:read"}


def test_of_a_token_only_its_hash_is_kept(person: User) -> None:
    _, text = _make(person)
    secret = text.split("_", 2)[2]
    (row,) = ApiToken.objects.values()
    assert not any(secret in str(value) for value in row.values())
    assert len(secret) >= 43  # 256 bits in base 64


@pytest.mark.parametrize(
    "mend",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: text + "x",
        lambda text: text.upper(),
        lambda text: text.replace("icl_", "", 1),
        lambda text: "_".join(text.split("_")[:2]),
        lambda text: "icl_" + "0" * 12 + "_" + text.split("_", 2)[2],
        lambda text: "icl_\x00_" + text,
    ],
)
def test_what_is_not_the_whole_token_opens_nothing(mend: object, person: User) -> None:
    _, text = _make(person)
    with pytest.raises(RefusedTokenError, match="Make a new one"):
        authenticate_token(mend(text))  # type: ignore[operator]  # a function, as written above


def test_a_token_ends_with_its_time(person: User) -> None:
    token, text = _make(person)
    past = timezone.now() - timedelta(days=31)
    ApiToken.objects.update(created_at=past, expires_at=past + timedelta(days=30))
    with pytest.raises(RefusedTokenError):
        authenticate_token(text)
    with pytest.raises(WrongMomentError):
        revoke_token(token)


def test_a_revoked_token_opens_nothing_and_is_revoked_once(person: User) -> None:
    token, text = _make(person)
    revoke_token(token)
    with pytest.raises(RefusedTokenError):
        authenticate_token(text)
    with pytest.raises(WrongMomentError, match="already"):
        revoke_token(token)


def test_tokens_of_a_closed_account_stay_closed_when_it_is_opened_again(person: User) -> None:
    editor = make_editor()
    _, text = _make(person)
    deactivate(person, by=editor, reason="They left.")
    reactivate(person, by=editor)
    with pytest.raises(RefusedTokenError):
        authenticate_token(text)


def test_an_account_closed_by_other_means_closes_its_tokens_too(person: User) -> None:
    _, text = _make(person)
    User.objects.update(is_active=False)
    with pytest.raises(RefusedTokenError):
        authenticate_token(text)


def test_an_editor_without_the_second_factor_that_is_asked_for_is_refused_until_then(
    settings: Settings,
) -> None:
    editor = make_editor()
    _, text = _make(editor)
    authenticate_token(text)
    settings.REQUIRE_MFA_FOR_EDITORS = True
    with pytest.raises(RefusedTokenError, match="two-factor"):
        authenticate_token(text)
    TOTP.activate(editor, generate_totp_secret())
    assert authenticate_token(text).person == editor


def test_its_use_is_noted_to_the_hour_and_else_costs_no_writing(person: User) -> None:
    token, text = _make(person)
    authenticate_token(text)
    token.refresh_from_db()
    assert token.last_used_at is not None
    with CaptureQueriesContext(connection) as asked:
        authenticate_token(text)
    assert [query["sql"][:6] for query in asked.captured_queries] == ["SELECT"]
    earlier = token.last_used_at - timedelta(hours=2)
    ApiToken.objects.update(last_used_at=earlier)
    authenticate_token(text)
    token.refresh_from_db()
    assert token.last_used_at > earlier


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_token_lasts_a_day_to_a_year(days: int, person: User) -> None:
    with pytest.raises(InvalidContentError, match="1 to 365 days"):
        create_token(person, name="A script", scopes=_SCOPES, days=days)


def test_a_token_is_for_something_that_there_is(person: User) -> None:
    with pytest.raises(InvalidContentError, match="at least one"):
        create_token(person, name="A script", scopes=[], days=30)
    with pytest.raises(ValueError, match="everything"):
        create_token(person, name="A script", scopes=["everything"], days=30)


def test_twenty_tokens_are_enough(person: User) -> None:
    made = [_make(person)[0] for _ in range(20)]
    with pytest.raises(InvalidContentError, match="Revoke one first"):
        _make(person)
    revoke_token(made[0])
    _make(person)


def test_the_database_refuses_a_token_that_never_worked(person: User) -> None:
    token, _ = _make(person)
    with pytest.raises(IntegrityError):
        ApiToken.objects.filter(pk=token.pk).update(expires_at=token.created_at)


def test_the_page_shows_a_new_token_once_and_revokes_it(client: Client) -> None:
    cast = Cast()
    client.force_login(cast.reader)
    tokens = reverse("curation:token_list")
    answer = client.post(tokens, {"name": "Cluster", "scopes": ["runs:read"], "days": "30"})
    text = answer.context["text"]
    assert text in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    page = client.get(tokens).content.decode()
    assert "Cluster" in page
    assert text not in page
    token = authenticate_token(text)
    assert token.person == cast.reader
    revoke = reverse("curation:token_revoke", args=[ApiToken.objects.get().pk])
    assert client.post(revoke, follow=True).status_code == 200
    with pytest.raises(RefusedTokenError):
        authenticate_token(text)
    assert client.post(revoke).status_code == 409


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"name": "", "scopes": ["runs:read"], "days": "30"}, "name"),
        ({"name": "A", "scopes": [], "days": "30"}, "scopes"),
        ({"name": "A", "scopes": ["all"], "days": "30"}, "scopes"),
        ({"name": "A", "scopes": ["runs:read"], "days": "9999"}, "days"),
    ],
)
def test_a_token_that_cannot_be_is_refused_beside_its_field(
    sent: dict[str, object], wrong: str, client: Client, person: User
) -> None:
    client.force_login(person)
    answer = client.post(reverse("curation:token_list"), sent)
    assert answer.status_code == 422
    assert wrong in answer.context["form"].errors
    assert not ApiToken.objects.exists()
