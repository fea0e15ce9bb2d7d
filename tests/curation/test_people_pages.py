"""Inviting, joining, one's own account, as pages do it."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from curation.models import Invitation, User
from curation.people import Roles, invite
from tests.curation.cast import Cast
from tests.factories import make_person

pytestmark = pytest.mark.django_db

_PASSWORD = "a sentence is fine"


@pytest.fixture
def cast() -> Cast:
    return Cast()


def _join(token: str) -> str:
    return reverse("curation:invitation_accept", args=[token])


def test_an_invitation_shows_its_link_once_and_sends_it(client: Client, cast: Cast) -> None:
    client.force_login(cast.editor)
    people = reverse("curation:people")
    answer = client.post(people, {"email": "New@example.org", "is_author": "on"})
    link = answer.context["invited"].link
    assert link in answer.content.decode()
    assert link in mail.outbox[0].body
    assert mail.outbox[0].to == ["new@example.org"]
    page = client.get(people).content.decode()
    assert "new@example.org" in page
    assert link not in page


def test_who_has_an_account_is_not_invited_again(client: Client, cast: Cast) -> None:
    client.force_login(cast.editor)
    answer = client.post(reverse("curation:people"), {"email": cast.reader.email})
    assert answer.status_code == 422
    assert "has an account already" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_the_link_lets_a_person_in_once_with_the_roles_it_grants(
    client: Client, cast: Cast
) -> None:
    _, token = invite("new@example.org", roles=Roles(is_reviewer=True), by=cast.editor)
    assert "new@example.org" in client.get(_join(token)).content.decode()
    answer = client.post(_join(token), {"name": "Dr. New", "password": _PASSWORD})
    assert answer["Location"] == reverse("curation:home")
    assert User.objects.get(email="new@example.org").role_names == ("reviewer",)
    assert client.get(reverse("curation:review_queue")).status_code == 200
    assert client.get(_join(token)).status_code == 410


def test_an_invitation_to_somebody_who_has_an_account_by_now_makes_no_second_one(
    client: Client, cast: Cast
) -> None:
    _, token = invite("new@example.org", roles=Roles(), by=cast.editor)
    make_person("new@example.org")
    answer = client.post(_join(token), {"name": "Dr. New", "password": _PASSWORD})
    assert answer.status_code == 409
    assert "Log in instead." in answer.content.decode()
    assert User.objects.filter(email="new@example.org").count() == 1


def test_a_weak_password_is_refused_beside_its_field(client: Client, cast: Cast) -> None:
    _, token = invite("new@example.org", roles=Roles(), by=cast.editor)
    answer = client.post(_join(token), {"name": "Dr. New", "password": "password"})
    assert answer.status_code == 422
    assert "password" in answer.context["form"].errors
    assert not User.objects.filter(email="new@example.org").exists()


def test_a_link_that_expired_or_never_was_is_closed(client: Client, cast: Cast) -> None:
    _, token = invite("new@example.org", roles=Roles(), by=cast.editor)
    Invitation.objects.update(expires_at=timezone.now())
    for closed in (token, "never-was"):
        answer = client.get(_join(closed))
        assert answer.status_code == 410
        assert "opens nothing any more" in answer.content.decode()


def test_a_person_corrects_what_is_said_of_them(client: Client, cast: Cast) -> None:
    client.force_login(cast.reader)
    account = reverse("curation:account")
    assert client.post(account, {"name": "R. Reader", "orcid": "mine"}).status_code == 422
    answer = client.post(account, {"name": "R. Reader", "orcid": "0000-0002-1825-0097"})
    assert answer.status_code == 302
    cast.reader.refresh_from_db()
    assert (cast.reader.name, cast.reader.orcid) == ("R. Reader", "0000-0002-1825-0097")
