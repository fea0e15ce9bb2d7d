"""The people of the collection: who is here, inviting, and what editors decide about accounts."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation import people as verbs
from curation.errors import InvalidContentError
from curation.forms.people import (
    ChangedRolesForm,
    InvitationForm,
    OptionalReasonForm,
    ReasonForm,
)
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible
from curation.models import Invitation, Problem, Review, User
from curation.permissions import can_edit_collection
from curation.views.invitations import Invited, send_invitation


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def people(request: AuthenticatedRequest) -> HttpResponseBase:
    """Who is here, who was invited, and inviting by a link that is shown once."""
    if request.method != "POST":
        return people_page(request, InvitationForm())
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return people_page(request, form, status=422)
    data = form.cleaned_data
    try:
        invitation, token = verbs.invite(
            data["email"], roles=form.roles(), specialty=data["specialty"], by=request.user
        )
    except InvalidContentError as error:
        form.add_error("email", str(error))
        return people_page(request, form, status=422)
    return people_page(request, InvitationForm(), send_invitation(request, invitation, token))


@require_POST
@allowed_to(can_edit_collection)
def invitation_resend(request: AuthenticatedRequest, invitation_id: int) -> HttpResponseBase:
    """A new link for who did not come yet, sent and shown once; the old one is closed."""
    invitation = fetch_visible(Invitation.objects.unanswered(), pk=invitation_id)
    again, token = verbs.invite_again(invitation, by=request.user)
    return people_page(request, InvitationForm(), send_invitation(request, again, token))


@require_POST
@allowed_to(can_edit_collection)
def invitation_revoke(request: AuthenticatedRequest, invitation_id: int) -> HttpResponseBase:
    """Take an invitation back."""
    invitation = fetch_visible(Invitation.objects.all(), pk=invitation_id)
    verbs.revoke_invitation(invitation, by=request.user)
    messages.success(request, f"The link of {invitation.email} opens nothing any more.")
    return redirect("curation:people")


def people_page(
    request: AuthenticatedRequest,
    form: InvitationForm,
    invited: Invited | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The list, with the form to invite and, once, the link that was just made."""
    context = {
        "people": User.objects.with_specialty(),
        "invitations": Invitation.objects.unanswered().select_related("specialty"),
        "form": form,
        "invited": invited,
        "now": timezone.now(),
    }
    return render(request, "curation/people.html", context, status=status)


@require_safe
@allowed_to(can_edit_collection)
def person_detail(request: AuthenticatedRequest, person_id: int) -> HttpResponseBase:
    """One person: what they did here, their roles, and what was changed about the account."""
    return _person_page(request, _fetch(person_id))


@require_POST
@allowed_to(can_edit_collection)
def person_roles(request: AuthenticatedRequest, person_id: int) -> HttpResponseBase:
    """Give and take roles."""
    person = _fetch(person_id)
    form = ChangedRolesForm(request.POST)
    if not form.is_valid():
        return _person_page(request, person, roles_form=form, status=422)
    reason = form.cleaned_data["reason"]
    try:
        change = verbs.change_roles(person, form.roles(), by=request.user, reason=reason)
    except InvalidContentError as error:
        form.add_error("is_editor", str(error))
        return _person_page(request, person, roles_form=form, status=422)
    said = f"{person}: {change.after or 'reader'}." if change else "The roles are as they were."
    messages.success(request, said)
    return redirect("curation:person_detail", person.pk)


@require_POST
@allowed_to(can_edit_collection)
def person_deactivate(request: AuthenticatedRequest, person_id: int) -> HttpResponseBase:
    """Close an account."""
    done = "The account is closed. What {} wrote stays."
    return _decide(
        request, person_id, verbs.deactivate, form=ReasonForm, shown_as="closing_form", done=done
    )


@require_POST
@allowed_to(can_edit_collection)
def person_reactivate(request: AuthenticatedRequest, person_id: int) -> HttpResponseBase:
    """Open a closed account again."""
    done = "The account is open again. {} signs in as before."
    return _decide(
        request,
        person_id,
        verbs.reactivate,
        form=OptionalReasonForm,
        shown_as="opening_form",
        done=done,
    )


@require_POST
@allowed_to(can_edit_collection)
def person_second_factor(request: AuthenticatedRequest, person_id: int) -> HttpResponseBase:
    """Remove the second factor of somebody who lost it."""
    done = "{} signs in by password alone until they set up two-factor again."
    verb = verbs.remove_second_factor
    return _decide(request, person_id, verb, form=ReasonForm, shown_as="factor_form", done=done)


def _decide(
    request: AuthenticatedRequest,
    person_id: int,
    verb: Callable[..., object],
    *,
    form: type[forms.Form],
    shown_as: str,
    done: str,
) -> HttpResponseBase:
    person = _fetch(person_id)
    bound = form(request.POST)
    if not bound.is_valid():
        return _person_page(request, person, status=422, **{shown_as: bound})
    verb(person, by=request.user, reason=bound.cleaned_data["reason"])
    messages.success(request, done.format(person))
    return redirect("curation:person_detail", person.pk)


def _fetch(person_id: int) -> User:
    return fetch_visible(User.objects.with_specialty(), pk=person_id)


def _person_page(
    request: AuthenticatedRequest, person: User, *, status: int = 200, **bound: forms.Form
) -> HttpResponse:
    roles = {name: getattr(person, name) for name in ("is_author", "is_reviewer", "is_editor")}
    context: dict[str, Any] = {
        "person": person,
        "is_self": person == request.user,
        "roles_form": ChangedRolesForm(initial=roles, auto_id="id_roles_%s"),
        "closing_form": ReasonForm(auto_id="id_closing_%s"),
        "opening_form": OptionalReasonForm(auto_id="id_opening_%s"),
        "factor_form": ReasonForm(auto_id="id_factor_%s"),
        "has_second_factor": verbs.has_second_factor(person),
        "problem_count": Problem.objects.written_by(person).count(),
        "review_count": Review.objects.by(person).count(),
        "token_count": person.api_tokens.open_at(timezone.now()).count(),
        "changes": person.account_changes.select_related("changed_by"),
    }
    return render(request, "curation/person_detail.html", context | bound, status=status)
