"""Every address of ours says who may use it; `test_permissions` asks whether it is so."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory

from curation.http import open_to_all, open_to_readers
from tests.permissions import routes

_OPEN = {
    "curation:health_live",
    "curation:health_ready",
    "curation:invitation_accept",
    "curation:unsubscribe",
    "curation_api:api_explorer",
    "evaluation:metrics",
    "curation_api:schema",
    "curation_api:schema_yaml",
}
# What is for everybody as far as its rows are.
_READ = {
    "curation:image_file",
    "curation:image_thumbnail",
    "curation:release_archive",
    "curation:release_compare",
    "curation:release_detail",
    "curation:release_feed",
    "curation:release_file",
    "curation:release_list",
    "curation:release_problem",
}
# Each operation asks for itself who it is: see curation/api/operations.py.
_API = ("curation_api:", "evaluation_api:")
_VIEWS = [
    (route.name, route.view)
    for route in routes()
    if route.name.startswith(("curation:", "evaluation:", *_API))
]


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
    is_read = {name for name, view in _VIEWS if getattr(view, "policy", None) is open_to_readers}
    assert is_read == _READ


def test_only_these_views_pass_the_login_of_the_middleware() -> None:
    passing = {name for name, view in _VIEWS if not getattr(view, "login_required", True)}
    assert passing == _OPEN | _READ | {name for name, _ in _VIEWS if name.startswith(_API)}


def test_every_operation_of_the_api_is_for_somebody() -> None:
    views = [view for name, view in _VIEWS if name not in _OPEN and name.startswith(_API)]
    operations = [one for view in views for one in view.cls.operations().values()]  # type: ignore[attr-defined]  # set by DRF
    is_open = {one.name for one in operations if one.may is None}
    assert is_open == {
        "list_releases",
        "read_release",
        "list_release_problems",
        "list_release_files",
    }
    assert not [one.name for one in operations if one.is_write and (not one.scope or not one.may)]
    assert not [one.name for one in operations if one.is_write != str(one.scope).endswith("write")]
