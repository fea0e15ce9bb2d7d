"""What concerns me: the list, how it comes by e-mail, the link that ends e-mails."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation.forms.notices import ReadForm, RhythmForm
from curation.http import (
    AuthenticatedRequest,
    allowed_to,
    fetch_visible,
    open_to_all,
    page_of,
    render_part,
)
from curation.mailing import choose_rhythm, find_subscriber
from curation.models import Notice, Rhythm
from curation.notifications import mark_all_read, mark_read
from curation.permissions import is_member


@require_safe
@allowed_to(is_member)
def notice_list(request: AuthenticatedRequest) -> HttpResponseBase:
    """What I heard, unread first."""
    return _list(request)


def _list(request: AuthenticatedRequest) -> HttpResponse:
    mine = Notice.objects.to(request.user)
    newest = mine.order_by("-pk").values_list("pk", flat=True).first()
    context = {
        "page": page_of(request, mine.unread_first()),
        "newest": newest or 0,
        "is_any_unread": mine.unread().exists(),
    }
    return render_part(request, "curation/notice_list.html", "notices", context)


@require_POST
@allowed_to(is_member)
def notice_read(request: AuthenticatedRequest, notice_id: int) -> HttpResponseBase:
    """Mark one of mine as read, and go where it leads if that was the button."""
    notice = fetch_visible(Notice.objects.to(request.user), pk=notice_id)
    mark_read([notice.pk], by=request.user)
    if "go" in request.POST:
        return redirect(notice.address)
    return _list(request) if request.htmx else redirect("curation:notice_list")


@require_POST
@allowed_to(is_member)
def notices_read(request: AuthenticatedRequest) -> HttpResponseBase:
    """Mark all as read that the page knew of."""
    form = ReadForm(request.POST)
    if not form.is_valid():
        raise BadRequest("Which notices are meant is missing. Reload the page.")
    mark_all_read(form.cleaned_data["until"], by=request.user)
    return _list(request) if request.htmx else redirect("curation:notice_list")


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(is_member)
def notice_preferences(request: AuthenticatedRequest) -> HttpResponseBase:
    """How often I want an e-mail."""
    form = RhythmForm(request.POST) if request.method == "POST" else RhythmForm.of(request.user)
    if form.is_bound and form.is_valid():
        choose_rhythm(request.user, Rhythm(form.cleaned_data["rhythm"]))
        messages.success(request, "Saved.")
        return redirect("curation:notice_preferences")
    context = {"rhythm_form": form, "digest_hour": settings.DIGEST_HOUR}
    status = 422 if form.is_bound else 200
    return render(request, "curation/notice_preferences.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt  # mail programs send the POST (RFC 8058); who holds the signed link may
@open_to_all
def unsubscribe(request: HttpRequest, token: str) -> HttpResponseBase:
    """End the e-mails by the link that each of them carries."""
    person = find_subscriber(token)
    if person is None:
        return render(request, "curation/unsubscribe.html", {"is_unknown": True}, status=404)
    if request.method == "POST":
        choose_rhythm(person, Rhythm.NONE)
    context = {"is_done": request.method == "POST"}
    return render(request, "curation/unsubscribe.html", context)
