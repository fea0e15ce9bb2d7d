"""What editors decide about accounts: roles, closing, opening, the lost second factor."""

import threading
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from curation.errors import InvalidContentError, WrongMomentError
from curation.models import AccountChange, Claim, Invitation, Problem, Review, User, Verdict
from curation.people import (
    Roles,
    accept_invitation,
    change_roles,
    deactivate,
    find_invitation,
    invite,
    invite_again,
    reactivate,
    remove_second_factor,
    revoke_invitation,
    sign_out_everywhere,
)
from tests.curation.cast import Cast
from tests.factories import make_editor, make_person

_EVERYTHING = Roles(is_author=True, is_reviewer=True, is_editor=True)


@pytest.fixture
def cast() -> Cast:
    return Cast()


def _claim(cast: Cast) -> Claim:
    revision = cast.submitted.current_revision
    assert revision is not None
    now = timezone.now()
    return Claim.objects.create(
        revision=revision,
        slot=0,
        reviewer=cast.reviewer,
        claimed_at=now,
        expires_at=now + timedelta(hours=1),
    )


def _is_in(client: Client) -> bool:
    return client.get(reverse("curation:home")).status_code == 200


@pytest.mark.django_db
def test_a_change_of_roles_is_recorded_with_who_when_and_why(cast: Cast) -> None:
    change = change_roles(cast.reader, _EVERYTHING, by=cast.editor, reason=" Asked for. ")
    assert change is not None
    assert (change.before, change.after) == ("", "author, reviewer, editor")
    assert (change.changed_by, change.reason) == (cast.editor, "Asked for.")
    assert User.objects.get(pk=cast.reader.pk).role_names == ("author", "reviewer", "editor")


@pytest.mark.django_db
def test_roles_that_stay_leave_no_record(cast: Cast) -> None:
    assert change_roles(cast.author, Roles(is_author=True), by=cast.editor) is None
    assert not AccountChange.objects.exists()


@pytest.mark.django_db
def test_who_is_no_reviewer_any_more_gives_back_claims_and_keeps_reviews(cast: Cast) -> None:
    revision = cast.submitted.current_revision
    assert revision is not None
    Review.objects.create(
        revision=revision, reviewer=cast.reviewer, verdict=Verdict.APPROVE, comment=""
    )
    _claim(cast)
    change_roles(cast.reviewer, Roles(is_author=True), by=cast.editor)
    assert not Claim.objects.exists()
    assert Review.objects.by(cast.reviewer).count() == 1


@pytest.mark.django_db
def test_nobody_takes_the_role_of_editor_from_themselves(cast: Cast) -> None:
    make_editor()
    with pytest.raises(InvalidContentError, match="Ask another editor"):
        change_roles(cast.editor, Roles(is_author=True), by=cast.editor)
    with pytest.raises(WrongMomentError, match="your own account"):
        deactivate(cast.editor, by=cast.editor, reason="")
    change_roles(cast.editor, _EVERYTHING, by=cast.editor)
    assert User.objects.get(pk=cast.editor.pk).role_names == ("author", "reviewer", "editor")


@pytest.mark.django_db
@pytest.mark.parametrize("lost", [{"is_editor": False}, {"is_active": False}], ids=str)
def test_who_lost_the_role_meanwhile_decides_nothing(lost: dict[str, bool], cast: Cast) -> None:
    User.objects.filter(pk=cast.editor.pk).update(**lost)
    with pytest.raises(WrongMomentError, match="not an editor any more"):
        change_roles(cast.reader, _EVERYTHING, by=cast.editor)
    with pytest.raises(WrongMomentError, match="not an editor any more"):
        deactivate(cast.author, by=cast.editor, reason="")
    assert not AccountChange.objects.exists()


@pytest.mark.django_db
def test_closing_ends_sessions_at_once_gives_back_claims_and_keeps_work(cast: Cast) -> None:
    theirs = Client()
    theirs.force_login(cast.reviewer)
    _claim(cast)
    assert _is_in(theirs)
    deactivate(cast.reviewer, by=cast.editor, reason="They moved.")
    assert not _is_in(theirs)
    assert not Claim.objects.exists()
    assert Problem.objects.written_by(cast.author).count() == 1
    with pytest.raises(WrongMomentError, match="closed already"):
        deactivate(cast.reviewer, by=cast.editor, reason="Again.")


@pytest.mark.django_db
def test_an_account_that_is_opened_again_has_its_roles_and_none_of_its_sessions(
    cast: Cast,
) -> None:
    theirs = Client()
    theirs.force_login(cast.author)
    deactivate(cast.author, by=cast.editor, reason="By mistake.")
    reactivate(cast.author, by=cast.editor, reason="It was one.")
    assert not _is_in(theirs)
    again = User.objects.get(pk=cast.author.pk)
    assert again.role_names == ("author",)
    theirs.force_login(again)
    assert _is_in(theirs)
    kinds = [change.kind for change in again.account_changes.all()]
    assert kinds == ["reactivated", "deactivated"]
    with pytest.raises(WrongMomentError, match="open already"):
        reactivate(cast.author, by=cast.editor)


@pytest.mark.django_db
def test_the_last_editor_stays_whoever_is_asked() -> None:
    first, second = make_editor(), make_editor()
    change_roles(second, Roles(), by=first)
    with pytest.raises(WrongMomentError):
        change_roles(first, Roles(), by=second)
    with pytest.raises(WrongMomentError):
        deactivate(first, by=second, reason="")
    with pytest.raises(InvalidContentError):
        change_roles(first, Roles(), by=first)
    assert list(User.objects.in_charge()) == [first]


_REPEATS = 5


def _take_role(person: User, by: User) -> None:
    change_roles(person, Roles(), by=by)


def _close(person: User, by: User) -> None:
    deactivate(person, by=by, reason="They left.")


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("take", [_take_role, _close])
def test_of_two_editors_who_take_each_other_s_role_at_once_one_stays(
    take: Callable[[User, User], None],
) -> None:
    for _ in range(_REPEATS):
        User.objects.update(is_editor=False)
        pair = make_editor(), make_editor()
        barrier, outcomes = threading.Barrier(2), list[str]()

        def attempt(
            by: User, person: User, barrier: threading.Barrier, outcomes: list[str]
        ) -> None:
            try:
                barrier.wait()
                take(person, by)
                outcomes.append("done")
            except WrongMomentError:
                outcomes.append("refused")
            finally:
                connection.close()

        threads = [
            threading.Thread(target=attempt, args=(*each, barrier, outcomes))
            for each in (pair, pair[::-1])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["done", "refused"]
        assert User.objects.in_charge().count() == 1


@pytest.mark.django_db
def test_a_lost_second_factor_is_removed_by_another_and_ends_sessions(cast: Cast) -> None:
    theirs = Client()
    theirs.force_login(cast.protected)
    remove_second_factor(cast.protected, by=cast.editor, reason="Called them back.")
    assert not Authenticator.objects.exists()
    assert not _is_in(theirs)
    with pytest.raises(WrongMomentError, match="no second factor"):
        remove_second_factor(cast.protected, by=cast.editor, reason="Again.")
    with pytest.raises(WrongMomentError, match="page Account"):
        remove_second_factor(cast.editor, by=cast.editor, reason="Mine.")


@pytest.mark.django_db
def test_signing_out_everywhere_keeps_the_session_that_asked(cast: Cast) -> None:
    here, there = Client(), Client()
    here.force_login(cast.reader)
    there.force_login(cast.reader)
    assert here.post(reverse("curation:account_sign_out")).status_code == 302
    assert (_is_in(here), _is_in(there)) == (True, False)


@pytest.mark.django_db
def test_a_session_from_before_this_column_stays_valid(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.reader)
    assert cast.reader.signed_out_at is None
    assert _is_in(client)
    sign_out_everywhere(cast.reader)
    assert not _is_in(client)


@pytest.mark.django_db
@pytest.mark.parametrize("is_update", [True, False], ids=["update", "delete"])
def test_the_database_keeps_what_was_changed(is_update: bool, cast: Cast) -> None:  # noqa: FBT001 - a parameter of the test, given by name
    change_roles(cast.reader, _EVERYTHING, by=cast.editor)
    rows = AccountChange.objects.all()
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        _ = rows.update(reason="Another.") if is_update else rows.delete()


@pytest.mark.django_db
def test_an_invitation_sent_again_has_one_link_that_works(cast: Cast) -> None:
    first, old = invite("new@example.org", roles=Roles(is_reviewer=True), by=cast.editor)
    again, new = invite_again(first, by=cast.editor)
    assert (find_invitation(old), find_invitation(new)) == (None, again)
    assert again.role_names == ("reviewer",)
    accept_invitation(again, name="Dr. New", password="seven quiet lungs")
    with pytest.raises(WrongMomentError, match="nobody to invite again"):
        invite_again(again, by=cast.editor)


@pytest.mark.django_db
def test_an_invitation_taken_back_opens_nothing_and_leaves_the_list(cast: Cast) -> None:
    invitation, token = invite("new@example.org", roles=Roles(), by=cast.editor)
    revoke_invitation(invitation, by=cast.editor)
    assert find_invitation(token) is None
    assert not Invitation.objects.unanswered().exists()
    with pytest.raises(WrongMomentError, match="not open any more"):
        revoke_invitation(invitation, by=cast.editor)


@pytest.mark.django_db
def test_an_invitation_that_was_accepted_is_not_taken_back(cast: Cast) -> None:
    invitation, _ = invite("new@example.org", roles=Roles(), by=cast.editor)
    accept_invitation(invitation, name="Dr. New", password="seven quiet lungs")
    with pytest.raises(WrongMomentError, match="Close the account"):
        revoke_invitation(invitation, by=cast.editor)


@pytest.mark.django_db
def test_the_page_of_a_person_refuses_what_the_verbs_refuse(client: Client, cast: Cast) -> None:
    client.force_login(cast.editor)
    own = client.post(reverse("curation:person_roles", args=[cast.editor.pk]), {})
    assert own.status_code == 422
    assert "Ask another editor" in own.content.decode()
    close = reverse("curation:person_deactivate", args=[cast.author.pk])
    assert client.post(close, {"reason": ""}).status_code == 422
    assert client.post(close, {"reason": "They left."}).status_code == 302
    page = client.get(reverse("curation:person_detail", args=[cast.author.pk])).content.decode()
    assert "They left." in page
    assert "Open the account again" in page
    assert client.post(close, {"reason": "Again."}).status_code == 409


@pytest.mark.django_db
def test_the_list_of_people_offers_a_new_link_and_shows_it_once(client: Client, cast: Cast) -> None:
    invitation, _ = invite("new@example.org", roles=Roles(), by=cast.editor)
    client.force_login(cast.editor)
    answer = client.post(reverse("curation:invitation_resend", args=[invitation.pk]))
    link = answer.context["invited"].link
    assert link in answer.content.decode()
    assert link not in client.get(reverse("curation:people")).content.decode()
    assert Client().get(urlsplit(link).path).status_code == 200


@pytest.mark.django_db
def test_the_people_page_asks_as_often_for_many_as_for_few(client: Client, cast: Cast) -> None:
    client.force_login(cast.editor)
    counts = []
    for _ in range(2):
        for _ in range(3):
            make_person()
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("curation:people"))
        counts.append(len(asked))
    assert counts[0] == counts[1]
