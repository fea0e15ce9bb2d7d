"""Invitations: the only way in, once each, with a secret that is kept nowhere."""

import hashlib
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from curation.errors import InvalidContentError, WrongMomentError
from curation.models import Invitation, Specialty, User
from curation.people import Roles, accept_invitation, find_invitation, invite
from tests.factories import make_editor, make_person

pytestmark = pytest.mark.django_db

_PASSWORD = "seven quiet lungs"
_ROLES = Roles(is_author=True)


@pytest.fixture
def editor() -> User:
    return make_editor()


def _accept(token: str, password: str = _PASSWORD) -> User:
    invitation = find_invitation(token)
    assert invitation is not None
    return accept_invitation(invitation, name="Dr. New", password=password)


def test_of_the_token_only_its_hash_is_kept(editor: User) -> None:
    invitation, token = invite("New@Example.org ", roles=_ROLES, by=editor)
    (row,) = Invitation.objects.values()
    assert invitation.token_sha256 == hashlib.sha256(token.encode()).hexdigest()
    assert row["token_sha256"] == invitation.token_sha256
    assert all(token not in str(value) for value in row.values())
    assert len(token) >= 43  # 256 bits in base 64
    assert row["email"] == "new@example.org"


def test_every_token_opens_its_own_invitation_and_nothing_else_opens_any(editor: User) -> None:
    made = [invite(f"{name}@example.org", roles=_ROLES, by=editor) for name in ("a", "b")]
    for invitation, token in made:
        assert find_invitation(token) == invitation
        assert find_invitation(invitation.token_sha256) is None
    assert find_invitation("") is None


def test_an_invitation_is_open_for_the_days_that_the_settings_say(
    editor: User, settings: Settings
) -> None:
    settings.INVITATION_DAYS = 3
    invitation, token = invite("new@example.org", roles=_ROLES, by=editor)
    open_for = invitation.expires_at - invitation.invited_at
    assert abs(open_for - timedelta(days=3)) < timedelta(minutes=1)
    last_moment = invitation.expires_at - timedelta(seconds=1)
    assert Invitation.objects.open_at(last_moment).get() == invitation
    assert not Invitation.objects.open_at(invitation.expires_at).exists()
    Invitation.objects.update(expires_at=timezone.now())
    assert find_invitation(token) is None


def test_what_expired_between_the_page_and_the_answer_is_refused(editor: User) -> None:
    invitation, _ = invite("new@example.org", roles=_ROLES, by=editor)
    Invitation.objects.update(expires_at=timezone.now())
    with pytest.raises(WrongMomentError, match="Ask for a new link"):
        accept_invitation(invitation, name="Dr. New", password=_PASSWORD)
    assert not User.objects.filter(email=invitation.email).exists()


def test_an_invitation_is_accepted_once(editor: User) -> None:
    invitation, token = invite("new@example.org", roles=_ROLES, by=editor)
    person = _accept(token)
    assert find_invitation(token) is None
    with pytest.raises(WrongMomentError):
        accept_invitation(invitation, name="Somebody else", password=_PASSWORD)
    invitation.refresh_from_db()
    assert invitation.accepted_by == person
    assert User.objects.get(email="new@example.org").name == "Dr. New"


@pytest.mark.parametrize("email", ["known@example.org", " Known@Example.ORG"])
def test_who_has_an_account_is_not_invited(email: str, editor: User) -> None:
    make_person("known@example.org")
    with pytest.raises(InvalidContentError, match="has an account already"):
        invite(email, roles=_ROLES, by=editor)
    assert not Invitation.objects.exists()


def test_who_got_an_account_meanwhile_keeps_it_as_it_is(editor: User) -> None:
    _, token = invite("new@example.org", roles=Roles(is_editor=True), by=editor)
    make_person("new@example.org", name="Earlier")
    with pytest.raises(WrongMomentError, match="Log in instead"):
        _accept(token)
    person = User.objects.get(email="new@example.org")
    assert (person.name, person.is_editor) == ("Earlier", False)
    assert not Invitation.objects.filter(accepted_at__isnull=False).exists()


def test_of_two_invitations_to_one_address_the_last_one_works(editor: User) -> None:
    _, first = invite("new@example.org", roles=Roles(is_editor=True), by=editor)
    _, other = invite("other@example.org", roles=_ROLES, by=editor)
    again, second = invite("NEW@example.org", roles=Roles(is_reviewer=True), by=editor)
    assert find_invitation(first) is None
    assert find_invitation(other) is not None
    assert list(Invitation.objects.unanswered().filter(email="new@example.org")) == [again]
    assert _accept(second).role_names == ("reviewer",)
    assert [open_one.email for open_one in Invitation.objects.unanswered()] == ["other@example.org"]


@pytest.mark.parametrize(
    ("roles", "names"),
    [
        (Roles(), ()),
        (Roles(is_author=True, is_reviewer=True), ("author", "reviewer")),
        (Roles(is_editor=True), ("editor",)),
    ],
)
def test_joining_grants_the_roles_and_the_specialty_of_the_invitation_and_no_more(
    roles: Roles, names: tuple[str, ...], editor: User
) -> None:
    specialty = Specialty.objects.create(slug="ent", name="ENT")
    _, token = invite("new@example.org", roles=roles, by=editor, specialty=specialty)
    person = _accept(token)
    assert (person.role_names, person.specialty) == (names, specialty)
    assert (person.is_staff, person.is_superuser) == (False, False)


def test_who_joined_logs_in_with_the_password_they_chose(editor: User, client: Client) -> None:
    _, token = invite("new@example.org", roles=_ROLES, by=editor)
    person = _accept(token)
    login = reverse("account_login")
    wrong = client.post(login, {"login": person.email, "password": "eight quiet lungs"})
    assert wrong.status_code == 200
    right = client.post(login, {"login": "New@Example.org", "password": _PASSWORD})
    assert right["Location"] == reverse("curation:home")
    assert client.get(reverse("curation:problem_list")).status_code == 200
    address = EmailAddress.objects.get(user=person)
    assert (address.email, address.verified, address.primary) == (person.email, True, True)


def test_nobody_registers_without_an_invitation(client: Client) -> None:
    signup = reverse("account_signup")
    sent = {"email": "new@example.org", "password1": _PASSWORD}
    for answer in (client.get(signup), client.post(signup, sent)):
        assert answer.status_code in {200, 302}
        assert b'name="password1"' not in answer.content
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "password",
    ["too short", "password123", "new@example.org", "New.Example.Org", ""],
)
def test_a_password_that_is_guessed_first_is_refused(
    password: str, editor: User, client: Client
) -> None:
    _, token = invite("new@example.org", roles=_ROLES, by=editor)
    address = reverse("curation:invitation_accept", args=[token])
    answer = client.post(address, {"name": "Dr. New", "password": password})
    assert answer.status_code == 422
    assert answer.context["form"].errors["password"]
    assert find_invitation(token) is not None
    assert not User.objects.filter(email="new@example.org").exists()
