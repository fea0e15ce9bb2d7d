"""One's own account: what is said of me, how I sign in, where I am signed in."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from curation.forms.people import AccountForm
from curation.http import AuthenticatedRequest, allowed_to
from curation.models import User
from curation.people import has_second_factor, sign_out_everywhere
from curation.permissions import is_lacking_second_factor, is_member


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(is_member)
def account(request: AuthenticatedRequest) -> HttpResponseBase:
    """What I say of myself, and how I sign in."""
    # A fresh row, so that an invalid form does not change the name in the page's header.
    person = User.objects.get(pk=request.user.pk)
    form = AccountForm(request.POST or None, instance=person)
    if form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("curation:account")
    context = {
        "form": form,
        "has_second_factor": has_second_factor(request.user),
        "is_factor_wanted": is_lacking_second_factor(request.user),
        "token_count": request.user.api_tokens.open_at(timezone.now()).count(),
    }
    return render(request, "curation/account.html", context, status=422 if form.is_bound else 200)


@require_POST
@allowed_to(is_member)
def account_sign_out(request: AuthenticatedRequest) -> HttpResponseBase:
    """End my sessions on all other machines; this one goes on."""
    sign_out_everywhere(request.user)
    update_session_auth_hash(request, request.user)
    messages.success(request, "You are signed out everywhere but here.")
    return redirect("curation:account")
