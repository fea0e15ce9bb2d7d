"""Every route, by every method, as every role, answers what tests/permissions.md promises.

And what it promises keeps the rules, so that writing the table anew hides no mistake.
"""

from collections.abc import Iterator

import pytest

from curation.models import User
from tests.permissions import (
    METHODS,
    ROLES,
    TABLE,
    Cells,
    Route,
    Troupe,
    answers,
    read_table,
    rendered,
    routes,
)

_PROMISED = read_table()
_PAGES = ("curation:", "evaluation:")
_API = ("curation_api:", "evaluation_api:")
_OURS = [route for route in routes() if route.name.startswith((*_PAGES, *_API))]
_WRITE_ANEW = "Run `python -m tests.permissions` and read what changed in tests/permissions.md."

# What strangers reach: signing in, joining, and what a load balancer asks.
_OPEN = {
    "account_inactive",
    "account_login",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_signup",
    # The API's description, and public releases.
    "curation_api:api_explorer",
    "curation_api:release_detail",
    "curation_api:release_files",
    "curation_api:release_list",
    "curation_api:release_problems",
    "curation_api:schema",
    "curation_api:schema_yaml",
    "curation:health_live",
    "curation:health_ready",
    "curation:invitation_accept",
    "curation:release_archive",
    "curation:release_compare",
    "curation:release_detail",
    "curation:release_feed",
    "curation:release_file",
    "curation:release_list",
    "curation:release_problem",
    "curation:unsubscribe",
    "socialaccount_login_cancelled",
}
# Open as well, but the table asks for what was not released.
_OPEN_ELSEWHERE = {"curation:image_file", "curation:image_thumbnail", "evaluation:metrics"}
_REFUSED = {"401", "403", "404", "405", "login"}
_PEOPLE = {
    "owner": {"is_author": True},
    "owner with all roles": {"is_author": True, "is_reviewer": True, "is_editor": True},
    "other author": {"is_author": True},
    "reviewer": {"is_reviewer": True},
    "editor": {"is_editor": True},
    "reader": {},
    "staff": {"is_staff": True, "is_superuser": True},
}


def _cells() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each row of the table: route, method, and the answer to each role."""
    for name, by_method in _PROMISED.items():
        for method, cells in by_method.items():
            yield name, method, dict(zip(ROLES, cells, strict=True))


def test_the_table_lists_every_route_once_and_nothing_else() -> None:
    assert list(_PROMISED) == [route.name for route in routes()], _WRITE_ANEW
    assert all(set(by_method) == set(METHODS) for by_method in _PROMISED.values())


def test_the_table_is_as_it_was_written() -> None:
    assert rendered(_PROMISED) == TABLE.read_text(), _WRITE_ANEW


@pytest.mark.django_db
@pytest.mark.parametrize("route", routes(), ids=[route.name for route in routes()])
def test_a_route_answers_each_role_as_promised(route: Route) -> None:
    promised: dict[str, Cells] = _PROMISED.get(route.name, {})
    assert answers(route, Troupe()) == promised, _WRITE_ANEW


def test_strangers_reach_only_what_is_open() -> None:
    reached = {name for name, _, cells in _cells() if cells["anonymous"] not in _REFUSED}
    assert reached == _OPEN


def test_whose_account_is_closed_is_a_stranger_everywhere() -> None:
    for name, method, cells in _cells():
        assert cells["deactivated"] == cells["anonymous"], (name, method)


@pytest.mark.parametrize("route", _OURS, ids=[route.name for route in _OURS])
def test_whom_a_view_s_policy_refuses_it_answers_403_or_405(route: Route) -> None:
    may = route.view.policy  # type: ignore[attr-defined]  # set by `allowed_to`
    if route.name in _OPEN | _OPEN_ELSEWHERE:
        return
    assert not may.__name__.startswith("open_")
    for role, roles in _PEOPLE.items():
        if not may(User(**roles)):
            column = ROLES.index(role)
            for method, cells in _PROMISED[route.name].items():
                assert cells[column] in {"403", "405"}, (method, role)


def test_what_belongs_to_one_author_is_absent_for_another() -> None:
    """Whatever the owner alone may do of all authors, others do not even see."""
    for name, method, cells in _cells():
        if cells["owner"] != cells["other author"]:
            assert cells["other author"] in {"404", "405"}, (name, method)


def test_nobody_judges_or_decides_about_their_own_problem_whatever_their_roles() -> None:
    for name in ("curation:review_detail", "curation:problem_decide"):
        for method, cells in _PROMISED[name].items():
            assert cells[ROLES.index("owner with all roles")] in {"403", "405"}, (name, method)


def test_the_window_for_operators_opens_to_them_alone() -> None:
    for name, method, cells in _cells():
        if name.startswith("admin"):
            others = {role: cell for role, cell in cells.items() if role != "staff"}
            assert set(others.values()) <= {"login", "302", "403", "404", "405"}, (name, method)


def test_an_operator_without_a_role_is_a_reader_of_the_collection() -> None:
    for route in _OURS:
        for method, cells in _PROMISED[route.name].items():
            staff, reader = cells[ROLES.index("staff")], cells[ROLES.index("reader")]
            is_for_reader = route.name == "curation:notice_read" and reader == "302"
            assert staff == ("404" if is_for_reader else reader), (route.name, method)


def test_nothing_breaks_and_no_method_but_get_head_and_post_changes_anything_of_ours() -> None:
    for name, method, cells in _cells():
        assert not any(cell.startswith("5") for cell in cells.values()), (name, method)
        if name.startswith(_PAGES) and method in {"PUT", "PATCH", "DELETE"}:
            assert set(cells.values()) <= {"405", "login"}, (name, method)
        if name.startswith(_API) and method in {"PUT", "DELETE"}:
            assert set(cells.values()) == {"405"}, (name, method)
