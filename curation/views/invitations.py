"""Sending an invitation, and joining by its link."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from curation.errors import WrongMomentError
from curation.forms.people import JoinForm
from curation.http import AuthenticatedRequest, open_to_all, wrong_moment
from curation.models import Invitation
from curation.people import accept_invitation, find_invitation


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation with its link, which is known at this moment only."""

    invitation: Invitation
    link: str
    is_sent: bool


def send_invitation(request: AuthenticatedRequest, invitation: Invitation, token: str) -> Invited:
    """Send the link; a mail server that does not answer leaves it to the editor to hand it on."""
    link = settings.SITE_URL + reverse("curation:invitation_accept", args=[token])
    context = {"invitation": invitation, "link": link, "site_name": settings.SITE_NAME}
    text = render_to_string("curation/invitation_email.txt", context, request)
    try:
        send_mail(f"Invitation to {settings.SITE_NAME}", text, None, [invitation.email])
    except OSError:
        messages.warning(request, "The e-mail could not be sent. Hand the link on yourself.")
        return Invited(invitation, link, is_sent=False)
    return Invited(invitation, link, is_sent=True)


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
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    messages.success(request, f"Welcome, {person.name}.")
    return redirect("curation:home")
