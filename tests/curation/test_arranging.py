"""Arranging a problem by its verbs: order, roles, limits, stale arrangements, undo."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from curation import arranging, authoring, workflow
from curation.arranging import arrangement_of
from curation.domain.content import PanelRole
from curation.domain.rules import MAX_EXAMPLES
from curation.errors import InvalidContentError, StaleDraftError, WrongMomentError
from curation.models import Panel, Problem, Removal
from tests.factories import Shown, make_image, make_problem

type Verb = Callable[[Problem, str | None], object]


def _panel(problem: Problem, index: int = 0) -> Panel:
    """A panel as a page fetches it, sharing the problem."""
    panel = problem.panels.in_order().select_related("image")[index]
    panel.problem = problem
    return panel


def _fresh(problem: Problem) -> Problem:
    return Problem.objects.with_panels().get(pk=problem.pk)


def _answers(problem: Problem) -> str:
    """The answers in order, after a look at what must hold of every order."""
    panels = list(problem.panels.in_order())
    assert [panel.position for panel in panels] == list(range(len(panels)))
    assert not any(panel.is_query for panel in panels[:-1])
    return "".join(panel.answer or "-" for panel in panels)


def _of(answers: str) -> Problem:
    """A problem with one panel a letter, the query last."""
    *examples, query = (Shown(answer=answer) for answer in answers)
    return make_problem(examples=tuple(examples), query=query)


def _seen(problem: Problem) -> str:
    return arrangement_of(problem.panels.in_order())


def _undo_last(problem: Problem) -> Panel:
    return arranging.undo(problem, problem.removals.newest_first()[0].pk)


def _arrange(problem: Problem, arrangement: str | None) -> None:
    """Turn the first two examples round."""
    first, second, *others = (panel.pk for panel in problem.panels.in_order())
    arranging.arrange(problem, [second, first, *others], arrangement=arrangement)


VERBS: dict[str, Verb] = {
    "add_example": lambda problem, seen: arranging.add_example(problem, arrangement=seen),
    "duplicate_panel": lambda problem, seen: arranging.duplicate_panel(
        _panel(problem), arrangement=seen
    ),
    "remove_panel": lambda problem, seen: arranging.remove_panel(_panel(problem), arrangement=seen),
    "move_panel": lambda problem, seen: arranging.move_panel(
        _panel(problem), to=1, arrangement=seen
    ),
    "make_query": lambda problem, seen: arranging.make_query(_panel(problem), arrangement=seen),
    "make_example": lambda problem, seen: arranging.make_example(
        _panel(problem, -1 + problem.panels.count()), arrangement=seen
    ),
    "arrange": _arrange,
}
each_verb = pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS.keys())


@pytest.mark.django_db
class TestArrangements:
    """What a change of the panels starts from."""

    @each_verb
    def test_a_change_from_what_was_seen_is_made_and_felt(self, verb: Verb) -> None:
        problem = _of("ABCD")
        before, version = _seen(problem), problem.version
        verb(problem, before)
        assert _seen(problem) != before
        assert _fresh(problem).version == problem.version == version + 1

    @each_verb
    def test_a_change_from_another_arrangement_is_refused_in_words(self, verb: Verb) -> None:
        problem = _of("ABCD")
        seen = _seen(problem)
        arranging.move_panel(_panel(problem, 0), to=2)
        before = _fresh(problem)
        with pytest.raises(WrongMomentError, match="changed since you saw them"):
            verb(problem, seen)
        assert _fresh(problem).content() == before.content()
        assert _fresh(problem).version == before.version
        assert not problem.removals.exists()

    @each_verb
    def test_words_written_in_between_make_nothing_stale(self, verb: Verb) -> None:
        problem = _of("ABCD")
        seen, other = _seen(problem), _fresh(problem)
        authoring.write_panel(
            _panel(other, 1),
            version=other.version,
            question="Which?",
            answer="Z",
            accepted_variants=[],
        )
        verb(problem, seen)
        assert "Z" in _answers(problem)

    @each_verb
    def test_what_is_before_the_reviewers_is_not_arranged(self, verb: Verb) -> None:
        problem = make_problem()
        workflow.submit(problem, by=problem.author, version=problem.version)
        before = _fresh(problem)
        with pytest.raises(WrongMomentError, match="is submitted and cannot be changed") as refused:
            verb(problem, None)
        assert not isinstance(refused.value, StaleDraftError)
        assert _fresh(problem).content() == before.content()

    def test_an_arrangement_is_told_by_panels_order_and_roles(self) -> None:
        problem = _of("ABC")
        a, b, c = problem.panels.in_order()
        seen = {arrangement_of(order) for order in ([a, b, c], [b, a, c], [a, c], [])}
        assert len(seen) == 4
        c.role = PanelRole.EXAMPLE
        assert arrangement_of([a, b, c]) not in seen
        assert all(len(each) == 16 for each in seen)

    def test_a_panel_that_is_gone_is_said_to_be(self) -> None:
        problem = _of("ABC")
        gone = _panel(problem)
        arranging.remove_panel(_panel(problem))
        for act in (arranging.duplicate_panel, arranging.make_query, arranging.remove_panel):
            with pytest.raises(WrongMomentError, match="removed in another window"):
                act(gone)
        with pytest.raises(WrongMomentError, match="removed in another window"):
            arranging.place_image(gone, image=None)
        assert _answers(problem) == "BC"


@pytest.mark.django_db
class TestOrder:
    """Panels are numbered from 0 without gaps, the query last."""

    def test_an_example_is_added_before_the_query_and_asks_what_the_others_ask(self) -> None:
        problem = _of("ABC")
        new = arranging.add_example(problem)
        assert _answers(problem) == "AB-C"
        assert new.position == 2
        assert new.question == "What does this image show?"
        assert (new.answer, new.image) == ("", None)

    @pytest.mark.parametrize("act", [arranging.add_example, None], ids=["add", "duplicate"])
    def test_a_problem_takes_ten_examples_and_no_more(
        self, act: Callable[[Problem], Panel] | None
    ) -> None:
        act = act or (lambda problem: arranging.duplicate_panel(_panel(problem)))
        problem = _of("ABCDEFGHIQ")
        act(problem)
        version = problem.version
        with pytest.raises(InvalidContentError, match="at most 10 examples"):
            act(problem)
        assert len(_answers(problem)) == MAX_EXAMPLES + 1
        assert _fresh(problem).version == version

    def test_an_example_can_be_added_where_no_panel_is_left(self) -> None:
        problem = _of("AB")
        for _ in range(2):
            arranging.remove_panel(_panel(problem))
        assert _answers(problem) == ""
        arranging.add_example(problem)
        assert _answers(problem) == "-"

    @pytest.mark.parametrize(("index", "order"), [(0, "AABC"), (1, "ABBC"), (2, "ABCC")])
    def test_a_duplicate_says_and_shows_the_same_behind_its_original(
        self, index: int, order: str
    ) -> None:
        problem = _of("ABC")
        original = _panel(problem, index)
        original.accepted_variants = ["also"]
        original.save()
        copy = arranging.duplicate_panel(original)
        assert _answers(problem) == order
        assert copy.pk != original.pk
        assert not copy.is_query
        assert (copy.question, copy.image) == (original.question, original.image)
        assert copy.accepted_variants == ["also"]

    @pytest.mark.parametrize(
        ("index", "to", "order"),
        [
            (0, 1, "BACD"),
            (0, 2, "BCAD"),
            (2, 0, "CABD"),
            (1, 1, "ABCD"),
            (0, -1, "ABCD"),
            (2, 3, "ABCD"),
            (0, 99, "BCAD"),
        ],
    )
    def test_an_example_moves_among_the_examples_only(
        self, index: int, to: int, order: str
    ) -> None:
        problem = _of("ABCD")
        arranging.move_panel(_panel(problem, index), to=to)
        assert _answers(problem) == order

    def test_the_query_does_not_move(self) -> None:
        problem = _of("ABC")
        version = problem.version
        with pytest.raises(InvalidContentError, match="always last"):
            arranging.move_panel(_panel(problem, 2), to=0)
        assert _answers(problem) == "ABC"
        assert _fresh(problem).version == version

    @pytest.mark.parametrize("order", ["ABCD", "CABD", "CBAD"])
    def test_panels_take_the_order_they_are_given(self, order: str) -> None:
        problem = _of("ABCD")
        ids = {panel.answer: panel.pk for panel in problem.panels.all()}
        arranging.arrange(problem, [ids[answer] for answer in order])
        assert _answers(problem) == order

    @pytest.mark.parametrize(
        ("order", "why"),
        [
            ([0, 1], "each panel"),
            ([0, 1, 2, 2], "each panel"),
            ([0, 0, 2], "each panel"),
            ([], "each panel"),
            ([2, 0, 1], "always last"),
        ],
    )
    def test_an_order_that_is_none_is_refused(self, order: list[int], why: str) -> None:
        problem = _of("ABC")
        ids = [panel.pk for panel in problem.panels.in_order()]
        with pytest.raises(InvalidContentError, match=why):
            arranging.arrange(problem, [ids[index] for index in order])
        assert _answers(problem) == "ABC"

    def test_a_panel_of_another_problem_has_no_place_in_an_order(self) -> None:
        problem, other = _of("ABC"), _of("XYZ")
        strange = [*problem.panels.in_order()[:2], other.panels.in_order()[2]]
        with pytest.raises(InvalidContentError, match="each panel"):
            arranging.arrange(problem, [panel.pk for panel in strange])
        assert (_answers(problem), _answers(other)) == ("ABC", "XYZ")


@pytest.mark.django_db
class TestRoles:
    """An example becomes the query and back."""

    @pytest.mark.parametrize(("index", "order"), [(0, "BCA"), (1, "ACB"), (2, "ABC")])
    def test_the_query_before_becomes_the_last_example(self, index: int, order: str) -> None:
        problem = _of("ABC")
        arranging.make_query(_panel(problem, index))
        assert _answers(problem) == order
        assert [panel.is_query for panel in problem.panels.in_order()] == [False, False, True]

    def test_a_query_made_an_example_leaves_a_problem_without_until_another_is_made_it(
        self,
    ) -> None:
        problem = _of("ABC")
        arranging.make_example(_panel(problem, 2))
        assert _answers(problem) == "ABC"
        assert not any(panel.is_query for panel in problem.panels.all())
        arranging.make_query(_panel(problem, 0))
        assert _answers(problem) == "BCA"

    def test_a_query_is_no_eleventh_example(self) -> None:
        problem = _of("ABCDEFGHIJQ")
        with pytest.raises(InvalidContentError, match="at most 10 examples"):
            arranging.make_example(_panel(problem, 10))
        assert _panel(problem, 10).is_query

    def test_an_example_made_an_example_stays_where_it_is(self) -> None:
        problem = _of("ABC")
        arranging.make_example(_panel(problem, 0))
        assert _answers(problem) == "ABC"
        assert _panel(problem, 2).is_query

    def test_any_panel_can_be_made_the_query_after_the_query_was_removed(self) -> None:
        problem = _of("ABC")
        arranging.remove_panel(_panel(problem, 2))
        arranging.make_query(_panel(problem, 0))
        assert _answers(problem) == "BA"
        assert _panel(problem, 1).is_query


@pytest.mark.django_db
class TestUndoPanels:
    """What was taken out comes back."""

    @pytest.mark.parametrize(("index", "left"), [(0, "BCD"), (1, "ACD"), (3, "ABC")])
    def test_a_removed_panel_comes_back_whole_where_it_was(self, index: int, left: str) -> None:
        problem = _of("ABCD")
        panel = _panel(problem, index)
        panel.accepted_variants = ["also"]
        panel.save()
        before = _fresh(problem).content()
        removal = arranging.remove_panel(panel)
        assert _answers(problem) == left
        back = arranging.undo(problem, removal.pk)
        assert _answers(problem) == "ABCD"
        assert _fresh(problem).content() == before
        assert back.pk == removal.words["id"]
        assert not problem.removals.exists()

    def test_removals_are_undone_in_the_opposite_order(self) -> None:
        problem = _of("ABCDE")
        for _ in range(3):
            arranging.remove_panel(_panel(problem, 1))
        assert _answers(problem) == "AE"
        seen = [_undo_last(problem) and _answers(problem) for _ in range(3)]
        assert seen == ["ADE", "ACDE", "ABCDE"]

    def test_a_panel_comes_back_as_near_as_there_is_a_place(self) -> None:
        problem = _of("ABCD")
        removal = arranging.remove_panel(_panel(problem, 2))
        for _ in range(2):
            arranging.remove_panel(_panel(problem, 0))
        arranging.undo(problem, removal.pk)
        assert _answers(problem) == "CD"

    def test_a_removed_query_is_an_example_where_another_is_the_query_now(self) -> None:
        problem = _of("ABC")
        removal = arranging.remove_panel(_panel(problem, 2))
        arranging.make_query(_panel(problem, 0))
        back = arranging.undo(problem, removal.pk)
        assert _answers(problem) == "BCA"
        assert not back.is_query

    def test_an_eleventh_example_does_not_come_back(self) -> None:
        problem = _of("ABCDEFGHIJQ")
        removal = arranging.remove_panel(_panel(problem, 4))
        arranging.add_example(problem)
        with pytest.raises(InvalidContentError, match="Remove one first"):
            arranging.undo(problem, removal.pk)
        assert problem.removals.count() == 1
        arranging.remove_panel(_panel(problem, 9))
        arranging.undo(problem, removal.pk)
        assert _answers(problem) == "ABCDEFGHIJQ"

    def test_nothing_is_put_back_twice(self) -> None:
        problem = _of("ABC")
        removal = arranging.remove_panel(_panel(problem))
        arranging.undo(problem, removal.pk)
        with pytest.raises(WrongMomentError, match="put back already"):
            arranging.undo(problem, removal.pk)
        assert _answers(problem) == "ABC"

    def test_what_another_problem_lost_is_not_put_back_here(self) -> None:
        problem, other = _of("ABC"), _of("XYZ")
        removal = arranging.remove_panel(_panel(other))
        with pytest.raises(WrongMomentError, match="nothing left to undo"):
            arranging.undo(problem, removal.pk)
        assert (_answers(problem), _answers(other)) == ("ABC", "YZ")

    def test_nothing_is_put_back_into_what_is_before_the_reviewers(self) -> None:
        problem = make_problem()
        removal = arranging.remove_panel(_panel(problem))
        workflow.submit(problem, by=problem.author, version=problem.version)
        with pytest.raises(WrongMomentError, match="is submitted and cannot be changed"):
            arranging.undo(problem, removal.pk)
        assert problem.panels.count() == 3


@pytest.mark.django_db
class TestImages:
    """What a panel shows, and what it showed before."""

    def test_a_first_image_takes_the_place_of_none(self) -> None:
        problem = make_problem()
        problem.panels.update(image=None)
        image = make_image(problem.author)
        arranging.place_image(_panel(problem), image=image)
        assert _panel(problem).image == image
        assert not problem.removals.exists()

    @pytest.mark.parametrize("is_replaced", [True, False])
    def test_an_image_that_is_replaced_or_removed_comes_back_and_goes_again(
        self, *, is_replaced: bool
    ) -> None:
        problem = make_problem()
        old = _panel(problem).image
        new = make_image(problem.author) if is_replaced else None
        arranging.place_image(_panel(problem), image=new)
        assert _panel(problem).image == new
        assert _undo_last(problem) == _panel(problem)
        assert _panel(problem).image == old
        assert [removal.image for removal in problem.removals.all()] == ([new] if new else [])
        if is_replaced:
            _undo_last(problem)
            assert _panel(problem).image == new

    def test_the_same_image_again_takes_nothing_out(self) -> None:
        problem = make_problem()
        arranging.place_image(_panel(problem), image=_panel(problem).image)
        assert not problem.removals.exists()

    def test_an_image_replaced_before_its_panel_was_removed_waits_for_it(self) -> None:
        problem = make_problem()
        old, new = _panel(problem).image, make_image(problem.author)
        arranging.place_image(_panel(problem), image=new)
        arranging.remove_panel(_panel(problem))
        assert [each.panel for each in problem.removals.undoable()] == [None]
        assert _undo_last(problem).image == new
        assert _undo_last(problem).image == old

    def test_what_is_before_the_reviewers_keeps_its_images(self) -> None:
        problem = make_problem()
        workflow.submit(problem, by=problem.author, version=problem.version)
        with pytest.raises(WrongMomentError, match="is submitted and cannot be changed"):
            arranging.place_image(_panel(problem), image=None)
        assert _panel(problem).image is not None


@pytest.mark.django_db
class TestOffers:
    """Which removal a page offers to undo, and how it calls it."""

    @pytest.mark.parametrize(("hours", "is_offered"), [(3, True), (5, False)])
    def test_only_what_was_taken_out_in_the_last_hours_is_offered(
        self, hours: int, *, is_offered: bool
    ) -> None:
        problem = make_problem()
        arranging.remove_panel(_panel(problem))
        later = timezone.now() + timedelta(hours=hours)
        assert problem.removals.offered_at(later).exists() == is_offered

    def test_a_removal_says_what_happened(self) -> None:
        problem = make_problem()
        arranging.remove_panel(_panel(problem, 3))
        arranging.remove_panel(_panel(problem, 1))
        arranging.place_image(_panel(problem, 1), image=make_image(problem.author))
        arranging.place_image(_panel(problem, 0), image=None)
        said = [each.said for each in problem.removals.offered_at(timezone.now())]
        assert said == [
            "The image of Example 1 was removed.",
            "The image of Example 2 was replaced.",
            "Example 2 was removed.",
            "Query was removed.",
        ]


def _act(problem: Problem, act: Callable[[Problem], object], barrier: threading.Barrier) -> bool:
    try:
        mine = _fresh(problem)
        barrier.wait()
        act(mine)
    except WrongMomentError:
        return False
    finally:
        connection.close()
    return True


@pytest.mark.usefixtures("committed_db")
class TestAtOnce:
    """Threads with real transactions."""

    @pytest.mark.parametrize("attempt", range(3))
    def test_a_button_pressed_four_times_at_one_moment_acts_once(self, attempt: int) -> None:
        problem = _of("ABC")
        seen = _seen(problem)
        assert _done(problem, lambda mine: arranging.add_example(mine, arrangement=seen)) == 1
        assert _answers(problem) == "AB-C"

    @pytest.mark.parametrize("attempt", range(3))
    def test_an_undo_pressed_four_times_at_one_moment_puts_back_once(self, attempt: int) -> None:
        problem = _of("ABC")
        removal = arranging.remove_panel(_panel(problem))
        assert _done(problem, lambda mine: arranging.undo(mine, removal.pk)) == 1
        assert _answers(problem) == "ABC"
        assert not Removal.objects.exists()


def _done(problem: Problem, act: Callable[[Problem], object], times: int = 4) -> int:
    """How often the act, in threads at one moment, was done."""
    barrier = threading.Barrier(times, timeout=30)
    with ThreadPoolExecutor(times) as pool:
        return sum(pool.map(lambda _: _act(problem, act, barrier), range(times)))
