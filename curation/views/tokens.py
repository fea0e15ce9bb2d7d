"""My tokens: making one, which is shown once, and revoking it."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from curation import tokens as verbs
from curation.errors import InvalidContentError
from curation.forms.people import TokenForm
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible
from curation.models import ApiToken
from curation.permissions import is_member


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(is_member)
def token_list(request: AuthenticatedRequest) -> HttpResponseBase:
    """What tokens I have; a new one is shown in the answer to its form and never again."""
    if request.method != "POST":
        return _page(request, TokenForm())
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        _, text = verbs.create_token(request.user, **form.cleaned_data)
    except InvalidContentError as error:
        form.add_error(None, str(error))
        return _page(request, form, status=422)
    return _page(request, TokenForm(), text=text)


@require_POST
@allowed_to(is_member)
def token_revoke(request: AuthenticatedRequest, token_id: int) -> HttpResponseBase:
    """End one of my tokens."""
    token = fetch_visible(ApiToken.objects.of(request.user), pk=token_id)
    verbs.revoke_token(token)
    messages.success(request, f"“{token.name}” works no more.")
    return redirect("curation:token_list")


def _page(
    request: AuthenticatedRequest, form: TokenForm, *, text: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "tokens": ApiToken.objects.of(request.user),
        "text": text,
        "now": timezone.now(),
    }
    return render(request, "curation/token_list.html", context, status=status)
