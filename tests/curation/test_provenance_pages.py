"""A problem that was imported says where it is from, not that nobody approved it."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from curation.models import Problem, User
from tests.curation.foreign import DESCRIPTION, Studio
from tests.factories import make_editor

pytestmark = pytest.mark.django_db

_PAGES = ("problem_overview", "problem_history")


def _imported(tmp_path: Path, editor: User, homepage: str = DESCRIPTION.homepage) -> Problem:
    studio = Studio()
    described = replace(DESCRIPTION, homepage=homepage)
    folder = studio.write(tmp_path / "far", [studio.problem(1)], description=described)
    call_command("import_release", str(folder), version="1.0.0", by=editor.email, publish=True)
    return Problem.objects.get()


def _page(client: Client, name: str, problem: Problem) -> str:
    return client.get(reverse(f"curation:{name}", args=[problem.pk])).content.decode()


@pytest.mark.parametrize("name", _PAGES)
def test_its_pages_name_the_release_it_is_from_and_who_signed(
    name: str, client: Client, tmp_path: Path
) -> None:
    editor = make_editor()
    client.force_login(make_editor())
    page = _page(client, name, _imported(tmp_path, editor))
    assert "A far benchmark 2.3.0" in page
    assert "by Ada Far, Ben Away" in page
    assert f"{editor} signed for it" in page
    assert f'href="{DESCRIPTION.homepage}"' in page


@pytest.mark.parametrize("name", _PAGES)
def test_an_address_that_a_stranger_made_up_is_no_link(
    name: str, client: Client, tmp_path: Path
) -> None:
    client.force_login(make_editor())
    problem = _imported(tmp_path, make_editor(), homepage="javascript:alert(1)")
    assert "javascript:" not in _page(client, name, problem)


def test_who_imported_it_cannot_write_in_it(client: Client, tmp_path: Path) -> None:
    editor = make_editor()
    User.objects.filter(pk=editor.pk).update(is_author=True)
    client.force_login(editor)
    problem = _imported(tmp_path, editor)
    address = reverse("curation:problem_edit", args=[problem.pk])
    assert client.get(address).status_code == 302
    assert client.post(address, {"version": 1}).status_code in {409, 422}
