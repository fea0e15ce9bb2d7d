"""Inviting, joining, one's own account."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from curation.errors import InvalidContentError, WrongMomentError
from curation.forms.people import AccountForm, InvitationForm, JoinForm
from curation.http import AuthenticatedRequest, allowed_to, open_to_all, wrong_moment
from curation.models import Invitation, User
from curation.people import accept_invitation, find_invitation, invite
from curation.permissions import can_edit_collection, is_member


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def people(request: AuthenticatedRequest) -> HttpResponseBase:
    """Who is here, who was invited, and inviting by a link that is shown once."""
    if request.method != "POST":
        return _people_page(request, InvitationForm())
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _people_page(request, form, status=422)
    try:
        invitation, link = _invite(request, form)
    except InvalidContentError as error:
        form.add_error("email", str(error))
        return _people_page(request, form, status=422)
    _send(request, invitation, link)
    return _people_page(request, InvitationForm(), invitation=invitation, link=link)


def _invite(request: AuthenticatedRequest, form: InvitationForm) -> tuple[Invitation, str]:
    data = form.cleaned_data
    invitation, token = invite(
        data["email"], roles=form.roles(), specialty=data["specialty"], by=request.user
    )
    return invitation, settings.SITE_URL + reverse("curation:invitation_accept", args=[token])


def _send(request: AuthenticatedRequest, invitation: Invitation, link: str) -> None:
    context = {"invitation": invitation, "link": link, "site_name": settings.SITE_NAME}
    text = render_to_string("curation/invitation_email.txt", context, request)
    try:
        send_mail(f"Invitation to {settings.SITE_NAME}", text, None, [invitation.email])
    except OSError:
        messages.warning(request, "The e-mail could not be sent. Hand the link on yourself.")


def _people_page(
    request: AuthenticatedRequest,
    form: InvitationForm,
    *,
    invitation: Invitation | None = None,
    link: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "people": User.objects.select_related("specialty"),
        "invitations": Invitation.objects.unanswered().select_related("specialty"),
        "form": form,
        "can_change_roles": request.user.is_staff,
        "invitation": invitation,
        "link": link,
    }
    return render(request, "curation/people.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def invitation_accept(request: HttpRequest, token: str) -> HttpResponseBase:
    """Join with the link: name, password, and in."""
    invitation = find_invitation(token)
    if invitation is None:
        return render(request, "curation/invitation_closed.html", status=410)
    form = JoinForm(request.POST or None, email=invitation.email)
    if not form.is_valid():
        context = {"form": form, "invitation": invitation}
        status = 422 if form.is_bound else 200
        return render(request, "curation/invitation_accept.html", context, status=status)
    try:
        person = accept_invitation(invitation, **form.cleaned_data)
    except WrongMomentError as error:
        return wrong_moment(request, error)
    login(request, person)
    messages.success(request, f"Welcome, {person.name}.")
    return redirect("curation:home")


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(is_member)
def account(request: AuthenticatedRequest) -> HttpResponseBase:
    """What I say of myself."""
    # A fresh row, so that an invalid form does not change the name in the page's header.
    person = User.objects.get(pk=request.user.pk)
    form = AccountForm(request.POST or None, instance=person)
    if form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("curation:account")
    status = 422 if form.is_bound else 200
    return render(request, "curation/account.html", {"form": form}, status=status)
