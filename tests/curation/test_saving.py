"""Saving field by field, by its verbs: one at a time, and many at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest
from django.db import connection

from curation import arranging, saving, workflow
from curation.domain.versions import Merged, Typed, version_of
from curation.errors import StaleDraftError, WrongMomentError
from curation.models import Image, Panel, Problem
from tests.factories import Shown, make_problem

_TIMES = 10
_SHOWN = "What does this image show?"

type Act = Callable[[], Merged]


def _panel(problem: Problem, index: int = 0) -> Panel:
    """A panel as a request of its own fetches it."""
    return Panel.objects.select_related("problem", "image").get(problem=problem, position=index)


def _typed(**texts: tuple[str, str]) -> dict[str, Typed]:
    """By field: what was shown and what is typed."""
    return {
        name: Typed(text=typed, version=version_of(shown)) for name, (shown, typed) in texts.items()
    }


def _save(problem: Problem, index: int = 0, /, **texts: tuple[str, str]) -> Merged:
    return saving.save_panel(_panel(problem, index), words=_typed(**texts))


def _version(problem: Problem) -> int:
    return Problem.objects.get(pk=problem.pk).version


@pytest.mark.django_db
class TestSaving:
    """One window after the other."""

    def test_a_save_that_changes_something_raises_the_version_once(self) -> None:
        problem = make_problem()
        _save(problem, question=(_SHOWN, "Which side?"), answer=("Pneumothorax", "Left"))
        assert _version(problem) == problem.version + 1

    def test_a_save_that_changes_nothing_leaves_version_and_time(self) -> None:
        problem = make_problem()
        _save(problem, answer=("Pneumothorax", "Pneumothorax "))
        after = Problem.objects.get(pk=problem.pk)
        assert (after.version, after.updated_at) == (problem.version, problem.updated_at)

    def test_a_conflict_alone_changes_nothing(self) -> None:
        problem = make_problem()
        merged = _save(problem, answer=("Something older", "Left"))
        assert merged.conflicts == {"answer": "Pneumothorax"}
        assert _version(problem) == problem.version

    def test_a_submission_from_before_a_save_is_refused(self) -> None:
        problem = make_problem()
        _save(problem, answer=("Pneumothorax", "Left"))
        with pytest.raises(StaleDraftError):
            workflow.submit(problem, by=problem.author, version=problem.version)

    def test_the_caller_knows_the_version_that_is_stored(self) -> None:
        problem = make_problem()
        panel = _panel(problem)
        saving.save_panel(panel, words=_typed(answer=("Pneumothorax", "Left")))
        assert panel.problem.version == _version(problem)

    def test_what_is_before_the_reviewers_is_not_written(self) -> None:
        problem = make_problem()
        workflow.submit(problem, by=problem.author, version=problem.version)
        with pytest.raises(WrongMomentError, match="is submitted"):
            _save(problem, answer=("Pneumothorax", "Left"))
        with pytest.raises(WrongMomentError, match="is submitted"):
            saving.save_annotations(problem, _typed(rarity=("common", "rare")))
        with pytest.raises(WrongMomentError, match="is submitted"):
            saving.use_question_everywhere(_panel(problem))

    def test_a_panel_removed_meanwhile_is_said_to_be_gone(self) -> None:
        problem = make_problem()
        held = _panel(problem)
        arranging.remove_panel(_panel(problem))
        with pytest.raises(WrongMomentError, match="was removed in another window"):
            saving.save_panel(held, words=_typed(answer=("Pneumothorax", "Left")))

    def test_variants_are_one_field_of_lines(self) -> None:
        problem = make_problem(query=Shown(answer="Left", accepted_variants=("L", "left")))
        merged = _save(problem, 3, accepted_variants=("L\nleft", "L\nleft-sided"))
        assert merged.taken == {"accepted_variants": "L\nleft-sided"}
        assert _panel(problem, 3).accepted_variants == ["L", "left-sided"]

    def test_a_question_used_everywhere_twice_changes_something_once(self) -> None:
        problem = make_problem(query=Shown(answer="Left", question="Which side?"))
        for _ in range(2):
            saving.use_question_everywhere(_panel(problem, 3))
        assert set(problem.panels.values_list("question", flat=True)) == {"Which side?"}
        assert _version(problem) == problem.version + 1

    def test_the_six_annotations_are_merged_one_by_one(self) -> None:
        problem = make_problem()
        merged = saving.save_annotations(
            problem,
            _typed(rarity=("common", "rare"), difficulty=("hard", "medium"), specialty=("", "")),
        )
        assert merged == Merged(
            taken={"rarity": "rare"},
            conflicts={"difficulty": "easy"},
            newer={"specialty": "radiology"},
        )
        stored = Problem.objects.get(pk=problem.pk)
        assert (stored.rarity, stored.difficulty, stored.specialty_id) == (
            "rare",
            "easy",
            "radiology",
        )


def _at_once(*acts: Act) -> list[Merged]:
    """What became of each, all started at the same moment, each in a thread."""
    barrier = threading.Barrier(len(acts), timeout=30)

    def run(act: Act) -> Merged:
        connection.ensure_connection()
        barrier.wait()
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.usefixtures("committed_db")
class TestAtOnce:
    """Threads with real transactions, over and over."""

    def test_of_texts_for_one_field_one_is_stored_and_the_others_are_told(self) -> None:
        problem, stored = make_problem(), "Pneumothorax"
        for number in range(_TIMES):
            texts = [f"Answer {number}.{window}" for window in range(3)]
            saves = [partial(_save, problem, answer=(stored, text)) for text in texts]
            merged = _at_once(*saves)
            (winner,) = [text for text, one in zip(texts, merged, strict=True) if one.taken]
            stored = _panel(problem).answer
            assert stored == winner
            losers = [one.conflicts for one in merged if not one.taken]
            assert losers == [{"answer": winner}] * 2
        assert _version(problem) == problem.version + _TIMES

    def test_texts_for_different_fields_are_all_stored(self) -> None:
        problem = make_problem()
        shown = {"question": _SHOWN, "answer": "Pneumothorax", "accepted_variants": ""}
        for number in range(_TIMES):
            typed = {name: f"{name} {number}" for name in shown}
            saves = [
                partial(_save, problem, **{name: (shown[name], typed[name])}) for name in shown
            ]
            assert all(one.taken for one in _at_once(*saves))
            assert saving.words_of(_panel(problem)) == typed
            shown = typed

    def test_the_same_form_sent_twice_at_once_is_stored_once(self) -> None:
        problem, stored = make_problem(), "Pneumothorax"
        for number in range(_TIMES):
            save = partial(_save, problem, answer=(stored, f"Answer {number}"))
            taken = [bool(one.taken) for one in _at_once(save, save)]
            assert sorted(taken) == [False, True]
            stored = _panel(problem).answer
        assert _version(problem) == problem.version + _TIMES

    def test_a_question_asked_everywhere_never_overwrites_one_typed_at_that_moment(self) -> None:
        problem, common = make_problem(), _SHOWN
        for number in range(_TIMES):
            own, new = f"My own {number}?", f"For all {number}?"
            first, second = _panel(problem), partial(_save, problem, 1, question=(common, own))
            everywhere = partial(
                saving.save_panel,
                first,
                words=_typed(question=(common, new)),
                asks_everywhere=True,
            )
            _, theirs = _at_once(everywhere, second)
            asked = _panel(problem, 1).question
            assert asked == (own if theirs.taken else new)
            assert theirs.taken or theirs.conflicts == {"question": new}
            common = new
            saving.use_question_everywhere(_panel(problem))

    def test_facts_of_one_image_in_two_problems_are_all_stored(self) -> None:
        one = make_problem()
        image = _panel(one).image
        assert image is not None
        two = make_problem(one.author)
        two.panels.filter(position=0).update(image=image)
        shown = {"source": "Made for tests", "attribution": "Nobody"}
        for number in range(_TIMES):
            typed = {name: f"{name} {number}" for name in shown}
            saves = [
                partial(
                    saving.save_panel,
                    _panel(problem),
                    words={},
                    facts=_typed(**{name: (shown[name], typed[name])}),
                    image_id=image.pk,
                )
                for problem, name in ((one, "source"), (two, "attribution"))
            ]
            assert all(merged.taken for merged in _at_once(*saves))
            stored = Image.objects.get(pk=image.pk)
            assert {"source": stored.source, "attribution": stored.attribution} == typed
            shown = typed

    def test_a_save_and_a_submission_at_once_do_not_mix(self) -> None:
        for _ in range(_TIMES):
            problem = make_problem()
            done = _at_once(partial(_try_save, problem), partial(_try_submit, problem))
            after = Problem.objects.with_panels().get(pk=problem.pk)
            assert any(one.taken for one in done) == (after.current_revision is None)
            if after.current_revision is not None:
                assert after.current_revision.sha256 == after.content().sha256()


def _try_save(problem: Problem) -> Merged:
    try:
        return _save(problem, answer=("Pneumothorax", "Left"))
    except WrongMomentError:
        return Merged()


def _try_submit(problem: Problem) -> Merged:
    own = Problem.objects.get(pk=problem.pk)
    with suppress(WrongMomentError):
        workflow.submit(own, by=own.author, version=problem.version)
    return Merged()
