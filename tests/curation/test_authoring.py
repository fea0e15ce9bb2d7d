"""Writing a problem by its verbs: versions, order of panels, limits, explanations."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial

import pytest
from django.db import connection

from curation import authoring, workflow
from curation.domain.content import Annotations, PanelRole
from curation.errors import InvalidContentError, StaleDraftError, WrongMomentError
from curation.models import Panel, Problem, Specialty
from tests.factories import Shown, make_person, make_problem

ANNOTATIONS = Annotations(
    specialty="pathology",
    answer_format="binary",
    image_type="staining",
    cognitive_process="reasoning",
    rarity="rare",
    difficulty="hard",
)

type Verb = Callable[[Problem, int], object]


def _panel(problem: Problem, index: int = 0) -> Panel:
    """A panel as a page fetches it, sharing the problem."""
    panel = problem.panels.in_order()[index]
    panel.problem = problem
    return panel


def _write(problem: Problem, version: int, *, answer: str = "Left") -> None:
    """Write in the first panel."""
    authoring.write_panel(
        _panel(problem),
        version=version,
        question="Which side?",
        answer=answer,
        accepted_variants=["On the left"],
    )


VERBS: dict[str, Verb] = {
    "annotate": lambda problem, version: authoring.annotate(
        problem, version=version, annotations=ANNOTATIONS
    ),
    "explain_warning": lambda problem, version: authoring.explain_warning(
        problem, version=version, code="image_small", text="It is."
    ),
    "write_panel": _write,
}
each_verb = pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS.keys())


def _fresh(problem: Problem) -> Problem:
    return Problem.objects.with_panels().get(pk=problem.pk)


def _answers(problem: Problem) -> list[str]:
    """The answers in order, after a look at what must hold of every order."""
    panels = list(problem.panels.in_order())
    assert [panel.position for panel in panels] == list(range(len(panels)))
    assert not any(panel.is_query for panel in panels[:-1])
    return [panel.answer for panel in panels]


@pytest.mark.django_db
class TestVersions:
    """Every save starts from a version and raises it."""

    @each_verb
    def test_a_save_raises_the_version_by_one(self, verb: Verb) -> None:
        problem = make_problem()
        before = problem.version
        verb(problem, before)
        assert problem.version == before + 1
        assert _fresh(problem).version == before + 1

    @each_verb
    def test_a_save_is_felt_in_the_time_of_the_last_change(self, verb: Verb) -> None:
        problem = make_problem()
        verb(problem, problem.version)
        assert _fresh(problem).updated_at > problem.created_at

    @each_verb
    @pytest.mark.parametrize("off", [-1, 1, 10**30])
    def test_a_save_from_another_version_is_refused_and_changes_nothing(
        self, verb: Verb, off: int
    ) -> None:
        problem = make_problem()
        before = _fresh(problem)
        with pytest.raises(StaleDraftError, match="Nothing was overwritten"):
            verb(problem, problem.version + off)
        after = _fresh(problem)
        assert after.content() == before.content()
        assert (after.version, after.explanations) == (before.version, before.explanations)

    @each_verb
    def test_what_is_before_the_reviewers_cannot_be_written(self, verb: Verb) -> None:
        problem = make_problem()
        workflow.submit(problem, by=problem.author, version=problem.version)
        before = _fresh(problem)
        with pytest.raises(WrongMomentError, match="is submitted and cannot be changed") as refused:
            verb(problem, problem.version)
        assert not isinstance(refused.value, StaleDraftError)
        assert _fresh(problem).content() == before.content()
        assert _fresh(problem).version == before.version

    def test_what_was_returned_for_changes_can_be_written(self) -> None:
        problem = make_problem()
        workflow.submit(problem, by=problem.author, version=problem.version)
        workflow.request_changes(problem, by=make_person(is_editor=True), comment="Which side?")
        _write(problem, problem.version)
        assert _answers(problem)[0] == "Left"

    def test_a_refused_save_tells_a_page_the_version_that_is_stored(self) -> None:
        problem, other = (make_problem(),) * 2
        other = _fresh(problem)
        _write(other, other.version)
        with pytest.raises(StaleDraftError):
            _write(problem, problem.version)
        assert problem.version == other.version


@pytest.mark.usefixtures("committed_db")
class TestAtOnce:
    """Threads with real transactions."""

    @pytest.mark.parametrize("attempt", range(3))
    def test_of_saves_from_one_version_at_the_same_moment_one_wins(self, attempt: int) -> None:
        problem = make_problem()
        answers = [f"Answer {number}" for number in range(4)]
        saves = [partial(_write, version=problem.version, answer=answer) for answer in answers]
        is_done = _at_once(problem, *saves)
        assert is_done.count(True) == 1
        assert _answers(problem)[0] == answers[is_done.index(True)]
        assert _fresh(problem).version == problem.version + 1

    def test_a_save_and_a_submission_at_the_same_moment_do_not_mix(self) -> None:
        problem = make_problem()
        submit = partial(workflow.submit, by=problem.author, version=problem.version)
        is_done = _at_once(problem, submit, partial(_write, version=problem.version))
        assert is_done.count(True) == 1
        after = _fresh(problem)
        if after.current_revision is not None:
            assert after.current_revision.sha256 == after.content().sha256()


def _at_once(problem: Problem, *acts: Callable[[Problem], object]) -> list[bool]:
    """Which of the acts, each in a thread and on a copy of its own, came in time."""
    barrier = threading.Barrier(len(acts), timeout=30)

    def is_done(act: Callable[[Problem], object]) -> bool:
        try:
            mine = _fresh(problem)
            barrier.wait()
            act(mine)
        except WrongMomentError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(is_done, acts))


@pytest.mark.django_db
class TestStarting:
    """A new draft."""

    def test_a_new_problem_has_two_examples_and_a_query_and_no_annotation(self) -> None:
        specialty = Specialty.objects.get(pk="pathology")
        problem = authoring.start_problem(make_person(is_author=True, specialty=specialty))
        assert not any(asdict(problem.annotations()).values())
        assert [panel.role for panel in problem.panels.in_order()] == [
            PanelRole.EXAMPLE,
            PanelRole.EXAMPLE,
            PanelRole.QUERY,
        ]
        assert _answers(problem) == ["", "", ""]
        assert problem.is_editable

    def test_annotations_are_kept_and_can_be_opened_again(self) -> None:
        problem = make_problem()
        authoring.annotate(problem, version=problem.version, annotations=ANNOTATIONS)
        assert _fresh(problem).annotations() == ANNOTATIONS
        authoring.annotate(problem, version=problem.version, annotations=Annotations())
        assert _fresh(problem).annotations() == Annotations()

    def test_words_are_kept_without_margins_and_empty_variants(self) -> None:
        problem = make_problem()
        authoring.write_panel(
            _panel(problem),
            version=problem.version,
            question=" Which side?\n",
            answer="\tLeft ",
            accepted_variants=["", " On the left ", "  "],
        )
        panel = problem.panels.in_order()[0]
        assert (panel.question, panel.answer) == ("Which side?", "Left")
        assert panel.accepted_variants == ["On the left"]


@pytest.mark.django_db
class TestExplanations:
    """Why a warning is all right."""

    def test_an_explanation_is_kept_changed_and_taken_back(self) -> None:
        problem = make_problem()
        for text, kept in (("Made so. ", "Made so."), ("Thumbnails.", "Thumbnails."), (" ", None)):
            authoring.explain_warning(
                problem, version=problem.version, code="image_small", text=text
            )
            assert _fresh(problem).explanations.get("image_small") == kept

    def test_an_explanation_goes_with_the_revision_but_not_into_its_hash(self) -> None:
        problem = make_problem()
        before = problem.content().sha256()
        VERBS["explain_warning"](problem, problem.version)
        revision = workflow.submit(problem, by=problem.author, version=problem.version)
        assert revision.explanations == {"image_small": "It is."}
        assert revision.sha256 == before

    @pytest.mark.parametrize("code", ["no_such_rule", "question_differs", "answer_missing"])
    def test_only_a_warning_that_is_there_can_be_explained(self, code: str) -> None:
        problem = make_problem(query=Shown(answer=""))
        version = problem.version
        with pytest.raises(InvalidContentError, match="nothing left to explain"):
            authoring.explain_warning(problem, version=version, code=code, text="Because.")
        assert _fresh(problem).explanations == {}
        assert _fresh(problem).version == version

    def test_an_explanation_whose_warning_is_gone_can_be_taken_back(self) -> None:
        problem = make_problem()
        VERBS["explain_warning"](problem, problem.version)
        problem.panels.update(image=None)
        authoring.explain_warning(problem, version=problem.version, code="image_small", text="")
        assert _fresh(problem).explanations == {}
