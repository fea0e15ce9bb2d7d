"""What every page of both apps shares: typed requests, one policy a view, errors as answers."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.files.storage import storages
from django.core.paginator import Page, Paginator
from django.db import DataError
from django.db.models import Model, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from curation.errors import RefusedTokenError, WrongMomentError
from curation.models import Scope, User
from curation.tokens import authenticate_token


class AuthenticatedRequest(HttpRequest):
    """A request that passed the login: `LoginRequiredMiddleware` turns all others away."""

    user: User
    htmx: HtmxDetails


class ReaderRequest(HttpRequest):
    """A request of anybody: what they see is up to the query sets that are asked for them."""

    user: User | AnonymousUser
    htmx: HtmxDetails


PAGE_SIZE = 25
_FOREVER = "private, max-age=31536000, immutable"  # an address never shows another picture

type View[**P] = Callable[Concatenate[AuthenticatedRequest, P], HttpResponseBase]
type ReaderView[**P] = Callable[Concatenate[ReaderRequest, P], HttpResponseBase]


def allowed_to[**P](may: Callable[[User], bool]) -> Callable[[View[P]], View[P]]:
    """State a view's policy: 403 unless `may(person)`; a test walks all routes for it."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(
            request: AuthenticatedRequest, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            require(may(request.user))
            try:
                return view(request, *args, **kwargs)
            except WrongMomentError as error:
                return wrong_moment(request, error)
            except DataError as error:  # a NUL byte in an address: PostgreSQL cannot look for it
                raise BadRequest("This request holds what no database can.") from error

        guarded.policy = may  # type: ignore[attr-defined]  # read by the test of all routes
        return guarded

    return decorate


def open_to_all[**P](view: View[P]) -> View[P]:
    """State that a view needs no login: joining, and what a load balancer asks."""
    view.policy = open_to_all  # type: ignore[attr-defined]  # read by the test of all routes
    return login_not_required(view)


def open_to_readers[**P](view: ReaderView[P]) -> ReaderView[P]:
    """State that a view is for everybody, and 404 where the row is not for this reader.

    A program reads for the person whose token it sends, if the token is for reading releases.
    """

    @wraps(view)
    def answered(request: ReaderRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        refusal = _read_for_bearer(request)
        if refusal is not None:
            return refusal
        try:
            return view(request, *args, **kwargs)
        except DataError as error:
            raise BadRequest("This request holds what no database can.") from error

    answered.policy = open_to_readers  # type: ignore[attr-defined]  # read by the test of all routes
    return login_not_required(answered)


def _read_for_bearer(request: ReaderRequest) -> HttpResponse | None:
    """Let the request be that of a token's person; the refusal of what is no good for it."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        bearer = authenticate_token(token)
    except RefusedTokenError as error:
        return _refused(401, str(error), 'error="invalid_token"')
    if Scope.READ_RELEASES not in bearer.scopes:
        words = f"This token is not for this: it lacks {Scope.READ_RELEASES.value}."
        lacking = f'error="insufficient_scope", scope="{Scope.READ_RELEASES.value}"'
        return _refused(403, words, lacking)
    request.user = bearer.person
    return None


def _refused(status: int, words: str, why: str) -> HttpResponse:
    answer = HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
    answer["WWW-Authenticate"] = f"Bearer {why}"
    return answer


def require(is_allowed: bool) -> None:  # noqa: FBT001 - reads as a sentence: require(can_...)
    """Stop with 403 unless allowed."""
    if not is_allowed:
        raise PermissionDenied


def fetch_visible[M: Model](visible: QuerySet[M], **lookup: str | int | UUID) -> M:
    """The one row of what the person may see, or 404, the same for absent and invisible."""
    row = visible.filter(**lookup).first()
    if row is None:
        raise Http404
    return row


def page_of[M: Model](request: HttpRequest, rows: QuerySet[M]) -> Page[M]:
    """The page of a list that the address asks for; the nearest one for anything else."""
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


def render_part(
    request: AuthenticatedRequest | ReaderRequest,
    template: str,
    part: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """The whole page, or for htmx only the partial of it that the view chose."""
    name = f"{template}#{part}" if request.htmx and part else template
    return render(request, name, context, status=status)


def way_back(request: HttpRequest, *, otherwise: str) -> str:
    """The page of ours that a button was on, from its form's field `back`."""
    address = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if is_ours else otherwise


def wrong_moment(request: HttpRequest, error: WrongMomentError) -> HttpResponse:
    """The page for what is allowed but not now."""
    return render(request, "409.html", {"error": error}, status=409)


def picture(name: str, media_type: str) -> HttpResponseBase:
    """A stored picture: our bytes, our type, never run as anything else."""
    answer = FileResponse(storages["images"].open(name), content_type=media_type)
    answer["Cache-Control"] = _FOREVER
    answer["Content-Disposition"] = "inline"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer
