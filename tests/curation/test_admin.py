"""The operators' window: everything opens, nothing is added, deleted or rewritten."""

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from curation.admin import ReadMostlyAdmin
from curation.models import Review, Specialty, StatusChange, User, Verdict
from tests.curation.cast import Cast
from tests.curation.statuses import judge_revision

pytestmark = pytest.mark.django_db

_MODELS = [
    model for model, options in admin.site._registry.items() if isinstance(options, ReadMostlyAdmin)
]


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.fixture
def operator(client: Client) -> User:
    person = User.objects.create_superuser("operator@example.org")
    client.force_login(person)
    return person


def _address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:curation_{model._meta.model_name}_{page}", args=args)


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize("model", _MODELS)
def test_the_list_and_every_row_open_but_none_is_added_or_deleted(
    model: type[Model], client: Client, cast: Cast
) -> None:
    revision = cast.submitted.current_revision
    assert revision is not None
    judge_revision(revision, cast.reviewer, Verdict.REQUEST_CHANGES, "Say which side.")
    _ = cast.failed_release
    row = model._default_manager.first()
    assert row is not None
    assert client.get(_address(model, "changelist")).status_code == 200
    assert client.get(_address(model, "change", row.pk)).status_code == 200
    assert client.get(_address(model, "add")).status_code == 403
    assert client.post(_address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.usefixtures("operator")
def test_people_are_changed_on_their_own_page_which_records_it(client: Client, cast: Cast) -> None:
    sent = {"is_author": "on", "is_active": "on", "is_superuser": "on", "email": "a@example.org"}
    assert client.post(_address(User, "change", cast.reader.pk), sent).status_code == 403
    row = User.objects.get(pk=cast.reader.pk)
    assert (row.is_author, row.is_superuser, row.email) == (False, False, cast.reader.email)


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize(
    "model",
    [
        "account/emailaddress",
        "mfa/authenticator",
        "socialaccount/socialaccount",
        "socialaccount/socialapp",
        "socialaccount/socialtoken",
    ],
)
def test_the_window_shows_nobody_s_secrets_and_lets_nobody_in(model: str, client: Client) -> None:
    assert client.get(f"/admin/{model}/").status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_operators_log_in_like_everybody_else(method: str, client: Client) -> None:
    """For that login counts failed attempts."""
    operator = User.objects.create_superuser("operator@example.org", "seven quiet lungs")
    sent = {"username": operator.email, "password": "seven quiet lungs"}
    answer = getattr(client, method)("/admin/login/?next=/admin/", sent)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session


def test_the_window_is_closed_to_others(client: Client, cast: Cast) -> None:
    client.force_login(cast.editor)
    assert client.get("/admin/", follow=True).status_code == 403


@pytest.mark.usefixtures("operator")
def test_a_specialty_takes_a_better_name_and_keeps_its_slug(client: Client) -> None:
    specialty = Specialty.objects.create(slug="ent", name="ENT")
    sent = {"slug": "other", "name": "Ear, nose and throat"}
    assert client.post(_address(Specialty, "change", specialty.pk), sent).status_code == 302
    assert Specialty.objects.get(name="Ear, nose and throat").slug == "ent"


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize("model", [Review, StatusChange])
def test_what_was_recorded_cannot_be_rewritten(
    model: type[Model], client: Client, cast: Cast
) -> None:
    _ = cast.withdrawn
    revision = cast.submitted.current_revision
    assert revision is not None
    judge_revision(revision, cast.reviewer, Verdict.APPROVE)
    row = model._default_manager.earliest("pk")
    sent = {"comment": "Rewritten."}
    assert client.post(_address(model, "change", row.pk), sent).status_code == 403
