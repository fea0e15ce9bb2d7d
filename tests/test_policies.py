"""Every address of ours says who may use it, and few are open to strangers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from curation.http import open_to_all

_OURS = {"curation", "evaluation"}
_OPEN = {
    "curation:health_live",
    "curation:health_ready",
    "curation:invitation_accept",
    "curation:unsubscribe",
}


def _views(resolver: URLResolver) -> Iterator[tuple[str, Callable[..., Any]]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _views(entry)
        elif isinstance(entry, URLPattern):
            yield f"{resolver.namespace}:{entry.name}", entry.callback


def _our_views() -> list[tuple[str, Callable[..., Any]]]:
    inner = [entry for entry in get_resolver().url_patterns if isinstance(entry, URLResolver)]
    ours = [entry for entry in inner if entry.namespace in _OURS]
    assert {entry.namespace for entry in ours} == _OURS
    return [view for entry in ours for view in _views(entry)]


_VIEWS = _our_views()


@pytest.mark.parametrize("view", [view for _, view in _VIEWS], ids=[name for name, _ in _VIEWS])
def test_a_view_states_its_policy(view: Callable[..., Any]) -> None:
    assert callable(getattr(view, "policy", None)), "Put @allowed_to(...) on it."


@pytest.mark.parametrize("view", [view for _, view in _VIEWS], ids=[name for name, _ in _VIEWS])
def test_a_view_that_shows_something_answers_head_too(view: Callable[..., Any]) -> None:
    refused = view(RequestFactory().generic("TRACE", "/"))
    assert refused.status_code == 405
    allowed = refused["Allow"].split(", ")
    assert ("HEAD" in allowed) == ("GET" in allowed)


def test_only_these_views_are_open_to_strangers() -> None:
    is_open = {name for name, view in _VIEWS if getattr(view, "policy", None) is open_to_all}
    assert is_open == _OPEN


def test_only_these_views_pass_the_login_of_the_middleware() -> None:
    passing = {name for name, view in _VIEWS if not getattr(view, "login_required", True)}
    assert passing == _OPEN
