"""The same questions to every page: right role, nobody, wrong role, wrong method, nothing there."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.urls import urlpatterns
from tests.curation.addresses import OPEN, PAGES, Page
from tests.curation.cast import Cast, make_approved, make_submitted
from tests.factories import make_problem, make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return Cast()


_OF_A_DRAFT = ("problem_o", "problem_e", "problem_a", "problem_r", "panel", "im", "scan", "removal")


def _each(*pages: Page) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", pages, ids=[page.name for page in pages])


def test_every_address_is_asked_here() -> None:
    asked = [page.name for page in PAGES]
    assert sorted(asked) == sorted({str(path.name) for path in urlpatterns} - OPEN)


@_each(*PAGES)
def test_a_page_works_for_those_it_is_for(page: Page, client: Client, cast: Cast) -> None:
    client.force_login(getattr(cast, page.may))
    answer = page.ask(client, *page.at(cast))
    assert answer.status_code == page.works_with
    answer.close()


@_each(*(page for page in PAGES if not page.is_action))
def test_a_page_tells_its_head_without_its_body(page: Page, client: Client, cast: Cast) -> None:
    client.force_login(getattr(cast, page.may))
    answer = client.head(reverse(f"curation:{page.name}", args=page.at(cast)))
    assert answer.status_code == page.works_with
    answer.close()


@_each(*PAGES)
def test_a_page_sends_strangers_to_the_login_or_is_for_all(
    page: Page, client: Client, cast: Cast
) -> None:
    answer = page.ask(client, *page.at(cast))
    assert answer.status_code == page.strangers
    is_for_all = page.strangers != 302
    assert is_for_all or answer["Location"].startswith(reverse("account_login"))
    answer.close()


@_each(*(page for page in PAGES if page.may_not))
def test_a_page_refuses_other_roles(page: Page, client: Client, cast: Cast) -> None:
    client.force_login(getattr(cast, page.may_not))
    assert page.ask(client, *page.at(cast)).status_code == 403


@_each(*PAGES)
def test_a_page_refuses_other_methods(page: Page, client: Client, cast: Cast) -> None:
    client.force_login(getattr(cast, page.may))
    address = reverse(f"curation:{page.name}", args=page.at(cast))
    wrong = client.get if page.is_action else client.delete
    assert wrong(address).status_code == 405


@_each(*(page for page in PAGES if page.nowhere))
def test_a_page_of_nothing_is_not_found(page: Page, client: Client, cast: Cast) -> None:
    client.force_login(getattr(cast, page.may))
    assert page.ask(client, *page.nowhere).status_code == 404


@_each(*(page for page in PAGES if page.nowhere and page.name.startswith(_OF_A_DRAFT)))
def test_what_another_author_drafts_is_not_found(page: Page, client: Client, cast: Cast) -> None:
    client.force_login(cast.other_author)
    assert page.ask(client, *page.at(cast)).status_code == 404


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("home", "author"),
        ("problem_list", "author"),
        ("collection", "editor"),
        ("review_queue", "reviewer"),
        ("release_create", "editor"),
    ],
)
def test_a_list_asks_the_database_as_often_for_many_problems_as_for_few(
    name: str, may: str, client: Client, cast: Cast
) -> None:
    client.force_login(getattr(cast, may))
    assert _queries(client, name, cast) == _queries(client, name, cast)


def _queries(client: Client, name: str, cast: Cast) -> int:
    """How many queries a page needs after three more problems were made."""
    make_problem(cast.author)
    make_submitted(cast.author)
    make_approved(cast.author)
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse(f"curation:{name}"))
    return len(asked)


def test_a_release_asks_the_database_as_often_for_many_problems_as_for_few(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.reviewer)
    counts = []
    for size in (1, 4):
        release = make_release(*(make_approved(cast.author) for _ in range(size)))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("curation:release_detail", args=[release.version]))
        counts.append(len(asked))
    assert counts[0] == counts[1]
