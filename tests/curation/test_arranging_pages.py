"""The strip and its buttons as pages send them: stale arrangements, dragging, undo."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from curation import arranging, workflow
from curation.arranging import arrangement_of
from curation.domain.versions import version_of
from curation.models import Panel, Problem
from curation.saving import annotations_of
from tests.curation.writing import WORDS, Desk, make_desk
from tests.factories import make_image, make_person, make_problem

pytestmark = pytest.mark.django_db

BUTTONS = (
    "panel_add",
    "panel_duplicate",
    "panel_remove",
    "panel_move_later",
    "panel_make_query",
)


@pytest.fixture
def desk(client: Client) -> Desk:
    return make_desk(client)


def _arrangement(desk: Desk) -> str:
    return arrangement_of(desk.problem.panels.in_order())


def _ids(desk: Desk) -> list[int]:
    return [panel.pk for panel in desk.problem.panels.in_order()]


def _post(desk: Desk, name: str, *args: object, has_scripts: bool = False, **sent: Any) -> Any:
    headers = {"HX-Request": "true"} if has_scripts else {}
    address = reverse(f"curation:{name}", args=[desk.problem.pk, *args])
    return desk.client.post(address, sent, headers=headers)


def _chosen(desk: Desk) -> dict[str, Any]:
    """The page of the annotations as a browser opens it now."""
    chosen = annotations_of(Problem.objects.get(pk=desk.problem.pk))
    return chosen | {f"{name}_from": version_of(text) for name, text in chosen.items()}


def _remove_example(desk: Desk, index: int = 1) -> int:
    """Take an example out and say which removal that was."""
    return arranging.remove_panel(desk.panel(index)).pk


class TestButtons:
    """Each starts from the arrangement that its page showed."""

    def test_the_page_tells_the_arrangement_and_so_does_every_save(self, desk: Desk) -> None:
        pages = [
            desk.client.get(desk.address()),
            desk.client.get(reverse("curation:problem_edit", args=[desk.problem.pk])),
            desk.send(has_scripts=True),
        ]
        for page in pages:
            found = re.findall(r'name="arrangement"[^>]*value="(\w+)"', page.content.decode())
            assert found == [_arrangement(desk)]

    @pytest.mark.parametrize("name", BUTTONS)
    @pytest.mark.parametrize("has_scripts", [True, False])
    def test_a_stale_arrangement_keeps_the_words_and_shows_the_panels_as_they_are(
        self, desk: Desk, name: str, *, has_scripts: bool
    ) -> None:
        seen, panel = _arrangement(desk), desk.panel()
        arranging.move_panel(desk.panel(1), to=2)
        before = _ids(desk)
        answer = desk.send(name, panel=panel, has_scripts=has_scripts, arrangement=seen)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "changed since you saw them" in page
        assert f'value="{_arrangement(desk)}"' in page
        assert ("<html" in page) == (not has_scripts)
        assert _ids(desk) == before
        panel.refresh_from_db()
        assert panel.answer == WORDS["answer"]

    def test_add_pressed_twice_on_one_page_adds_one_example(self, desk: Desk) -> None:
        seen = _arrangement(desk)
        answers = [desk.send("panel_add", arrangement=seen) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [302, 409]
        assert len(_ids(desk)) == 5

    def test_add_pressed_twice_on_the_page_of_the_annotations_adds_one_example(
        self, desk: Desk
    ) -> None:
        seen = _arrangement(desk)
        answers = [
            _post(desk, "example_add", version=desk.version(), arrangement=seen) for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [302, 409]
        assert "changed since you saw them" in answers[1].content.decode()
        assert len(_ids(desk)) == 5

    def test_a_duplicate_opens_with_the_words_just_typed(self, desk: Desk) -> None:
        answer = desk.send("panel_duplicate")
        copy = desk.panel(1)
        assert answer["Location"] == desk.address(panel=copy)
        assert (copy.question, copy.answer) == (WORDS["question"], WORDS["answer"])
        assert copy.image == desk.panel(0).image

    def test_a_query_becomes_an_example_and_the_query_again(self, desk: Desk) -> None:
        query = desk.panel(3)
        for name, is_query in (("panel_make_example", False), ("panel_make_query", True)):
            answer = desk.send(name, panel=query)
            assert answer["Location"] == desk.address(panel=query)
            assert desk.panel(3) == query
            assert desk.panel(3).is_query == is_query

    def test_the_strip_says_in_words_what_is_missing(self, desk: Desk) -> None:
        panel = desk.panel(1)
        panel.answer, panel.image = "", None
        panel.save()
        Panel.objects.filter(pk=desk.panel(2).pk).update(image=desk.panel(0).image)
        page = desk.client.get(desk.address()).content.decode()
        said = re.findall(r'class="strip-progress([ a-z-]*)">([^<]+)<', page)
        assert said == [
            (" is-complete", "complete"),
            (" is-complete", "complete"),
            ("", "6 missing"),
            (" is-wrong", "1 to fix"),
            (" is-complete", "complete"),
        ]


class TestDragging:
    """An order that was dragged."""

    @pytest.mark.parametrize("is_on_panel", [True, False])
    def test_with_scripts_an_order_answers_the_strip_and_the_findings(
        self, desk: Desk, *, is_on_panel: bool
    ) -> None:
        first, second, *others = _ids(desk)
        sent: dict[str, Any] = {"order": [second, first, *others]}
        if is_on_panel:
            sent["on_panel"] = first
        seen = _arrangement(desk)
        answer = _post(desk, "problem_arrange", has_scripts=True, arrangement=seen, **sent)
        part = answer.content.decode()
        assert answer.status_code == 200
        assert _ids(desk) == sent["order"]
        assert {"strip", "findings"} <= set(re.findall(r'id="([\w-]+)"', part))
        assert "<html" not in part
        assert "<script" not in part
        assert f'value="{_arrangement(desk)}"' in part
        name = "panel_add" if is_on_panel else "example_add"
        args = [desk.problem.pk, first] if is_on_panel else [desk.problem.pk]
        assert reverse(f"curation:{name}", args=args) in part
        assert re.findall(r'aria-current="page"', part) == ['aria-current="page"']

    @pytest.mark.parametrize("is_on_panel", [True, False])
    def test_without_scripts_an_order_leads_back_to_its_page(
        self, desk: Desk, *, is_on_panel: bool
    ) -> None:
        order = [*_ids(desk)[2::-1], _ids(desk)[3]]
        sent: dict[str, Any] = {"on_panel": order[0]} if is_on_panel else {}
        answer = _post(desk, "problem_arrange", order=order, **sent)
        about = reverse("curation:problem_edit", args=[desk.problem.pk])
        assert answer["Location"] == (desk.address() if is_on_panel else about)
        assert _ids(desk) == order

    @pytest.mark.parametrize("has_scripts", [True, False])
    def test_a_stale_order_shows_the_panels_as_they_are(
        self, desk: Desk, *, has_scripts: bool
    ) -> None:
        seen, order = _arrangement(desk), _ids(desk)
        arranging.move_panel(desk.panel(0), to=2)
        stored = _ids(desk)
        answer = _post(
            desk, "problem_arrange", has_scripts=has_scripts, arrangement=seen, order=order
        )
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "changed since you saw them" in page
        assert ("<html" in page) == (not has_scripts)
        assert _ids(desk) == stored

    @pytest.mark.parametrize(
        "order",
        [[], ["x"], ["1\x00"], ["9" * 5000], ["-1"], ["\u00b2"], [2**63], [1, 1, 1, 1]],
        ids=ascii,
    )
    @pytest.mark.parametrize("has_scripts", [True, False])
    def test_an_order_of_nothing_known_is_refused(
        self, desk: Desk, order: list[object], *, has_scripts: bool
    ) -> None:
        answer = _post(desk, "problem_arrange", has_scripts=has_scripts, order=order)
        assert answer.status_code == 422
        assert "each panel of the problem once" in answer.content.decode()
        assert desk.is_untouched()

    @pytest.mark.parametrize("number", ["0", "x", "9" * 5000, "\u00b2", "1\x00"])
    def test_an_order_from_the_page_of_no_panel_is_not_found(self, desk: Desk, number: str) -> None:
        answer = _post(desk, "problem_arrange", has_scripts=True, order=_ids(desk), on_panel=number)
        assert answer.status_code == 404

    def test_what_is_before_the_reviewers_is_not_arranged(self, desk: Desk) -> None:
        workflow.submit(desk.problem, by=desk.author, version=desk.version())
        order = [*_ids(desk)[2::-1], _ids(desk)[3]]
        answer = _post(desk, "problem_arrange", has_scripts=True, order=order)
        assert answer.status_code == 409
        assert "is submitted and cannot be changed now" in answer.content.decode()
        assert _ids(desk) != order


class TestUndo:
    """What was taken out is offered, and put back after the words were saved."""

    @pytest.mark.parametrize("page", ["panel", "annotations"])
    def test_a_removed_panel_is_offered_on_every_page_of_the_problem(
        self, desk: Desk, page: str
    ) -> None:
        removal = _remove_example(desk)
        about = reverse("curation:problem_edit", args=[desk.problem.pk])
        shown = desk.client.get(desk.address() if page == "panel" else about).content.decode()
        assert "Example 2 was removed." in shown
        undo = reverse("curation:removal_undo", args=[desk.problem.pk, removal])
        assert re.search(rf'form="{page}-form" formaction="{undo}"', shown)

    def test_nothing_is_offered_where_nothing_was_taken_out(self, desk: Desk) -> None:
        assert "data-undo" not in desk.client.get(desk.address()).content.decode()

    def test_undo_saves_the_words_of_its_page_and_opens_what_is_back(self, desk: Desk) -> None:
        order = _ids(desk)
        removal, open_panel = _remove_example(desk), desk.panel()
        answer = _post(
            desk,
            "removal_undo",
            removal,
            on_panel=open_panel.pk,
            **desk.shown(open_panel) | WORDS,
        )
        assert answer["Location"] == desk.address(panel=desk.panel(1))
        assert _ids(desk) == order
        assert desk.panel(0).answer == WORDS["answer"]

    def test_undo_keeps_the_choices_of_the_page_of_the_annotations(self, desk: Desk) -> None:
        removal = _remove_example(desk)
        answer = _post(desk, "removal_undo", removal, **_chosen(desk) | {"rarity": "rare"})
        assert answer["Location"] == desk.address(panel=desk.panel(1))
        assert Problem.objects.get(pk=desk.problem.pk).rarity == "rare"

    def test_undo_does_nothing_where_the_choices_cannot_be_kept(self, desk: Desk) -> None:
        removal = _remove_example(desk)
        answer = _post(desk, "removal_undo", removal, version=desk.version(), rarity="x")
        assert answer.status_code == 422
        assert len(_ids(desk)) == 3

    @pytest.mark.parametrize("is_on_panel", [True, False])
    def test_undo_pressed_twice_puts_back_once(self, desk: Desk, *, is_on_panel: bool) -> None:
        removal = _remove_example(desk)
        sent: dict[str, Any] = {"on_panel": desk.panel().pk, **desk.shown()} if is_on_panel else {}
        answers = [_post(desk, "removal_undo", removal, **sent) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [302, 409]
        assert "put back already" in answers[1].content.decode()
        assert len(_ids(desk)) == 4

    @pytest.mark.parametrize("is_on_panel", [True, False])
    def test_an_eleventh_example_is_refused_in_words(
        self, desk: Desk, *, is_on_panel: bool
    ) -> None:
        removal = _remove_example(desk)
        for _ in range(8):
            arranging.add_example(desk.problem)
        sent: dict[str, Any] = {"on_panel": desk.panel().pk, **desk.shown()} if is_on_panel else {}
        answer = _post(desk, "removal_undo", removal, **sent)
        assert answer.status_code == 422
        assert "at most 10 examples" in answer.content.decode()
        assert len(_ids(desk)) == 11

    def test_a_replaced_image_is_offered_and_comes_back(self, desk: Desk) -> None:
        old = desk.panel().image
        arranging.place_image(desk.panel(), image=make_image(desk.author))
        page = desk.client.get(desk.address()).content.decode()
        assert "The image of Example 1 was replaced." in page
        removal = desk.problem.removals.get()
        _post(desk, "removal_undo", removal.pk, on_panel=desk.panel().pk, version=desk.version())
        assert desk.panel().image == old

    def test_after_undo_the_page_says_what_is_back_and_offers_to_redo(self, desk: Desk) -> None:
        new = make_image(desk.author)
        arranging.place_image(desk.panel(), image=new)
        for said, offered in [("the earlier", "data-redo"), ("the later", "data-undo")]:
            removal = desk.problem.removals.get()
            _post(desk, "removal_undo", removal.pk, on_panel=desk.panel().pk, version=1)
            page = desk.client.get(desk.address()).content.decode()
            assert f"Put back: {said} image of Example 1." in page
            assert [name for name in ("data-undo", "data-redo") if name in page] == [offered]
        assert desk.panel().image == new

    def test_an_image_is_offered_on_the_page_of_its_panel_alone(self, desk: Desk) -> None:
        arranging.place_image(desk.panel(), image=None)
        about = reverse("curation:problem_edit", args=[desk.problem.pk])
        addresses = (desk.address(), desk.address(panel=desk.panel(1)), about)
        pages = [desk.client.get(address).content.decode() for address in addresses]
        assert ["data-undo" in page for page in pages] == [True, False, False]

    @pytest.mark.parametrize(("minutes", "is_offered"), [(9, True), (11, False)])
    def test_a_removed_panel_is_offered_by_itself_for_ten_minutes_and_listed_for_hours(
        self, desk: Desk, minutes: int, *, is_offered: bool
    ) -> None:
        removal = _remove_example(desk)
        at = timezone.now() - timedelta(minutes=minutes)
        desk.problem.removals.update(removed_at=at)
        page = desk.client.get(desk.address()).content.decode()
        assert ("data-undo" in page) == is_offered
        about = desk.client.get(reverse("curation:problem_edit", args=[desk.problem.pk]))
        assert 'aria-label="Put back: Example 2 was removed."' in about.content.decode()
        _post(desk, "removal_undo", removal, **_chosen(desk))
        assert len(_ids(desk)) == 4

    def test_what_another_author_lost_is_not_put_back(self, desk: Desk) -> None:
        other = make_problem(make_person(is_author=True))
        removal = arranging.remove_panel(other.panels.in_order()[0])
        answer = _post(desk, "removal_undo", removal.pk, version=desk.version())
        assert answer.status_code == 409
        assert other.panels.count() == 3
