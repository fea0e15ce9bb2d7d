"""The instructions: editions, living examples, the hints of the first run."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation import instructing
from curation.domain.rules import MAX_EXAMPLES, MIN_EXAMPLES
from curation.errors import WrongMomentError
from curation.instructing import Edition
from curation.models import Image, Instructions, Status, User
from tests.curation.statuses import bring_to, current, make_crew
from tests.factories import make_editor, make_person, make_problem

pytestmark = pytest.mark.django_db

ADDRESS = "/instructions/"


def _edit(client: Client, **changes: Any) -> Any:
    current = instructing.current_instructions()
    sent = {"text": "Write well.", "started_from": current.pk or "", **changes}
    return client.post(reverse("curation:instructions_edit"), sent)


def _page(client: Client) -> str:
    return client.get(ADDRESS).content.decode()


@pytest.fixture
def editor(client: Client) -> User:
    editor = make_editor()
    client.force_login(editor)
    return editor


class TestText:
    """Editors write, everybody reads."""

    def test_before_anybody_edits_them_they_say_what_the_rules_want(self, client: Client) -> None:
        client.force_login(make_person())
        assert f"{MIN_EXAMPLES} to {MAX_EXAMPLES} examples" in _page(client)

    @pytest.mark.usefixtures("editor")
    def test_an_edition_is_shown_as_html(self, client: Client) -> None:
        assert _edit(client, text="# Be **brief**\n\n- one\n- two").status_code == 302
        page = _page(client)
        assert '<h2 id="part-1">Be <strong>brief</strong></h2>' in page
        assert "<li>two</li>" in page

    @pytest.mark.usefixtures("editor")
    def test_an_edition_can_run_nothing(self, client: Client) -> None:
        hostile = "<script>alert(1)</script> [a](javascript:alert(1)) ![x](https://e.org/x.png)"
        _edit(client, text=hostile)
        page = _page(client)
        assert "<script>alert" not in page
        assert 'href="javascript' not in page
        assert 'src="https://e.org' not in page

    def test_earlier_editions_are_kept(self, client: Client, editor: User) -> None:
        _edit(client, text="First")
        _edit(client, text="Second")
        texts = Instructions.objects.newest_first().values_list("text", flat=True)
        assert list(texts) == ["Second", "First"]
        assert {edition.edited_by for edition in Instructions.objects.newest_first()} == {editor}

    @pytest.mark.usefixtures("editor")
    def test_of_two_editors_the_second_is_asked_and_keeps_the_text(self, client: Client) -> None:
        _edit(client, text="First")
        answer = _edit(client, text="From before", started_from="")
        assert answer.status_code == 409
        assert "From before" in answer.content.decode()
        assert instructing.current_instructions().text == "First"

    @pytest.mark.usefixtures("editor")
    def test_an_empty_text_is_refused(self, client: Client) -> None:
        assert _edit(client, text=" ").status_code == 422
        assert not Instructions.objects.exists()

    def test_a_verb_starts_from_the_newest_edition_only(self) -> None:
        editor = make_editor()
        instructing.edit_instructions(Edition(text="First"), started_from=None, by=editor)
        with pytest.raises(WrongMomentError, match="Another editor"):
            instructing.edit_instructions(Edition(text="Second"), started_from=None, by=editor)


class TestLivingExamples:
    """One good and one bad problem, with their images, for everybody."""

    def test_a_problem_is_chosen_by_the_address_of_its_page(self, client: Client) -> None:
        crew = make_crew()
        problem = bring_to(Status.SUBMITTED, crew)
        client.force_login(crew.editor)
        address = f"https://bench.example.org/problems/{problem.pk}/"
        assert _edit(client, good=address, good_because="It **teaches**.").status_code == 302
        assert instructing.current_instructions().good == current(problem)
        reader = make_person()
        client.force_login(reader)
        page = _page(client)
        assert "A good problem" in page
        assert "<strong>teaches</strong>" in page
        assert "A bad problem" not in page
        shown = current(problem).images.first()
        assert shown is not None
        assert Image.objects.visible_to(reader).contains(shown)

    def test_images_of_other_submissions_stay_invisible(self) -> None:
        problem = bring_to(Status.SUBMITTED, make_crew())
        shown = current(problem).images.first()
        assert shown is not None
        assert not Image.objects.visible_to(make_person()).contains(shown)

    @pytest.mark.usefixtures("editor")
    @pytest.mark.parametrize("address", ["no address", "00000000-0000-0000-0000-000000000000"])
    def test_what_is_no_problem_is_refused(self, client: Client, address: str) -> None:
        answer = _edit(client, bad=address)
        assert answer.status_code == 422
        assert "Copy the address" in answer.content.decode()

    @pytest.mark.usefixtures("editor")
    def test_a_draft_cannot_teach(self, client: Client) -> None:
        answer = _edit(client, bad=str(make_problem().pk))
        assert answer.status_code == 422
        assert "never submitted" in answer.content.decode()

    def test_the_form_names_what_was_chosen(self, client: Client) -> None:
        crew = make_crew()
        problem = bring_to(Status.SUBMITTED, crew)
        client.force_login(crew.editor)
        _edit(client, bad=str(problem.pk))
        assert str(problem.pk) in client.get("/instructions/edit/").content.decode()


class TestHints:
    """Three at most, one at a time, and none after the last."""

    @pytest.fixture
    def author(self, client: Client) -> User:
        author = make_person(is_author=True)
        client.force_login(author)
        return author

    def test_each_hint_is_seen_once(self, client: Client, author: User) -> None:
        seen = []
        for _ in range(instructing.HINTS + 2):
            client.post("/instructions/hints/next/")
            author.refresh_from_db()
            seen.append(author.hints_seen)
        assert seen == [1, 2, 3, 3, 3]

    def test_who_wants_none_gets_none(self, client: Client, author: User) -> None:
        client.post("/instructions/hints/next/", {"end": "1"})
        author.refresh_from_db()
        assert author.hints_seen == instructing.HINTS

    def test_they_can_be_shown_again(self, client: Client, author: User) -> None:
        instructing.end_hints(author)
        client.post("/instructions/hints/repeat/")
        author.refresh_from_db()
        assert author.hints_seen == 0

    @pytest.mark.usefixtures("author")
    def test_scripts_get_the_next_hint_alone(self, client: Client) -> None:
        answer = client.post("/instructions/hints/next/", headers={"HX-Request": "true"})
        assert "Hint 2 of 3" in answer.content.decode()
        assert "<html" not in answer.content.decode()

    @pytest.mark.usefixtures("author")
    @pytest.mark.parametrize(
        ("back", "to"),
        [("/problems/", "/problems/"), ("https://evil.example/", "/problems/"), ("", "/problems/")],
    )
    def test_the_way_back_stays_here(self, client: Client, back: str, to: str) -> None:
        assert client.post("/instructions/hints/next/", {"back": back}).url == to  # type: ignore[attr-defined]  # a redirect
