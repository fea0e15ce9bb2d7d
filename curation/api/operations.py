"""What an operation of the API is: whom it is for, what it takes, what it gives.

One statement beside each handler; requests are checked by it and the description is made from it,
so that both say the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate

from django.http import HttpResponseBase
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.authentication import CHALLENGE
from curation.api.fields import Nothing, Strict
from curation.api.idempotency import once
from curation.api.paging import Page, Paging
from curation.api.problems import RefusedError
from curation.api.throttling import count_request, count_stranger
from curation.models import Scope, User
from curation.permissions import is_lacking_second_factor
from curation.tokens import Bearer

type May = Callable[[User], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method at one address."""

    name: str
    may: May | None
    """Whom it is for; None is everybody, also without signing in."""
    scope: Scope | None
    """What a token must be good for; None is any token."""
    query: type[Strict] | None = None
    body: type[Strict] | None = None
    gives: Any = None
    status: int = 200
    example: Mapping[str, Any] | None = None
    """A body as one would send it."""

    @property
    def is_write(self) -> bool:
        """Whether it changes something, so that it may be asked with an idempotency key."""
        return self.body is not None

    @property
    def is_paged(self) -> bool:
        """Whether it gives rows page by page, because one asks for a page."""
        return self.query is not None and issubclass(self.query, Paging)


class ApiView(APIView):
    """An address. Its handlers are marked with `operation`."""

    http_method_names = ("get", "head", "post", "patch")
    asked: dict[str, Any]
    """The query, checked."""
    sent: dict[str, Any]
    """The body, checked."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """The view, with the policy that the test of all routes reads."""
        view = super().as_view(**initkwargs)
        view.policy = cls._policy()
        return view

    @classmethod
    def operations(cls) -> dict[str, Operation]:
        """What can be done here, by method."""
        handlers = ((name, getattr(cls, name, None)) for name in ("get", "post", "patch"))
        return {name: handler.operation for name, handler in handlers if handler is not None}

    @classmethod
    def _policy(cls) -> May:
        rules = [operation.may for operation in cls.operations().values()]

        def may_do_something(person: User) -> bool:
            return any(may is None or may(person) for may in rules)

        return may_do_something

    def perform_authentication(self, request: Any) -> None:
        """Find out who asks; guesses at tokens are counted."""
        try:
            super().perform_authentication(request)
        except exceptions.AuthenticationFailed:
            count_stranger(request)
            raise

    def check_permissions(self, request: Any) -> None:
        """Refuse whom the operation is not for."""
        count_request(request)
        method = "get" if request.method == "HEAD" else request.method.lower()
        operation = self.operations().get(method)
        if operation is None:  # answered with 405
            return
        _require_scope(request, operation)
        if operation.may is None:
            return
        if not isinstance(request.user, User):
            raise exceptions.NotAuthenticated("Sign in, or send a token: Authorization: Bearer …")
        if is_lacking_second_factor(request.user):
            words = "Set up two-factor sign-in first: open the page Account."
            raise RefusedError(403, "second_factor", words)
        if not operation.may(request.user):
            raise RefusedError(403, "permission_denied", "Your roles do not allow this.")


def _require_scope(request: Any, operation: Operation) -> None:
    """A token opens what it was made for and no more."""
    bearer, scope = request.auth, operation.scope
    if not isinstance(bearer, Bearer) or scope is None or scope in bearer.scopes:
        return
    words = f"This token is not for that: make one with the scope {scope}."
    error = RefusedError(403, "insufficient_scope", words, scope=str(scope))
    error.auth_header = f'{CHALLENGE}, error="insufficient_scope", scope="{scope}"'
    raise error


type Handler[**P] = Callable[Concatenate[Any, Any, P], Any]


def operation[**P](
    name: str,
    *,
    may: May | None,
    scope: Scope | None,
    gives: Any,
    query: type[Strict] | None = None,
    body: type[Strict] | None = None,
    status: int = 200,
    example: Mapping[str, Any] | None = None,
) -> Callable[[Handler[P]], Handler[P]]:
    """State what a handler is. It returns what `gives` shows, a page of it, or a whole answer."""

    def decorate(handler: Handler[P]) -> Handler[P]:
        stated = Operation(
            name=name,
            may=may,
            scope=scope,
            query=query,
            body=body,
            gives=gives,
            status=status,
            example=example,
        )

        @wraps(handler)
        def run(view: Any, request: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
            view.asked = _checked_query(stated, request)

            def act() -> HttpResponseBase:
                return _answer(stated, request, handler(view, request, *args, **kwargs))

            if not stated.is_write:
                return act()
            view.sent = _checked_body(stated, request)
            return once(request, act)

        run.operation = stated  # type: ignore[attr-defined]  # read by the policy and the schema
        return run

    return decorate


def _checked_query(stated: Operation, request: Any) -> dict[str, Any]:
    """The query's fields; a fault in an address is 400."""
    asked = (stated.query or Nothing)(data=request.query_params.dict())
    try:
        asked.is_valid(raise_exception=True)
    except exceptions.ValidationError as error:
        first = {name: " ".join(map(str, said)) for name, said in error.detail.items()}
        words = "; ".join(f"{name}: {said}" for name, said in first.items())
        raise RefusedError(400, "bad_query", f"The address asks amiss. {words}") from error
    checked: dict[str, Any] = asked.validated_data
    return checked


def _checked_body(stated: Operation, request: Any) -> dict[str, Any]:
    """The body's fields; ValidationError, which is answered with 422, names each fault."""
    assert stated.body is not None  # noqa: S101 - only writes come here
    sent = stated.body(data=request.data)
    sent.is_valid(raise_exception=True)
    checked: dict[str, Any] = sent.validated_data
    return checked


def _answer(stated: Operation, request: Any, given: Any) -> HttpResponseBase:
    if isinstance(given, HttpResponseBase):
        return given
    context = {"request": request}
    if isinstance(given, Page):
        rows = stated.gives(given.rows, many=True, context=context).data
        return _response({"results": rows, "next": _next(request, given.cursor)}, 200)
    return _response(stated.gives(given, context=context).data, stated.status)


def _response(data: Any, status: int) -> HttpResponseBase:
    answer: HttpResponseBase = Response(data, status=status)
    return answer


def _next(request: Any, cursor: str) -> str | None:
    if not cursor:
        return None
    query = request.query_params.copy()
    query["cursor"] = cursor
    address: str = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
    return address
