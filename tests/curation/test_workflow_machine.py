"""People who do anything in any order: whatever they do, what was promised still holds."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from curation import authoring, releases, reviewing, workflow
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import Move, Problem, Review, Revision, Status, StatusChange, Verdict
from curation.workflow import TRANSITIONS
from tests.curation import statuses
from tests.curation.invariants import broken_invariants
from tests.curation.statuses import bring_to, make_crew

_PROBLEMS = st.integers(0, 1)
_PEOPLE = st.integers(0, 4)
_TEXTS = st.sampled_from(["", "As I see it."])


class Collection(RuleBasedStateMachine):
    """Two problems, their author, three reviewers and an editor.

    Every verb is called by anybody at any moment, with what a window that was opened earlier
    holds; only the named errors of a refusal are taken.
    """

    @initialize(first=st.sampled_from(Status), second=st.sampled_from(Status))
    def start(self, first: Status, second: Status) -> None:
        """Begin with two problems in a transaction that is undone at the end."""
        self._undone = transaction.atomic()
        self._undone.__enter__()
        self.crew = make_crew()
        self.people = (self.crew.author, *self.crew.reviewers, self.crew.editor)
        self.windows = [bring_to(status, self.crew) for status in (first, second)]
        self.frozen: dict[int, tuple[str, str]] = {}
        self.recorded: list[Any] = []

    def teardown(self) -> None:
        """Undo everything."""
        if hasattr(self, "_undone"):
            transaction.set_rollback(True)
            self._undone.__exit__(None, None, None)

    def _try(self, act: Callable[[], object]) -> None:
        with suppress(WrongMomentError, InvalidContentError):
            act()

    @rule(of=_PROBLEMS)
    def reload(self, of: int) -> None:
        self.windows[of] = Problem.objects.get(pk=self.windows[of].pk)

    @rule(of=_PROBLEMS, text=st.sampled_from(["Which side?", "What is it?", ""]))
    def write(self, of: int, text: str) -> None:
        window = self.windows[of]
        panel = window.panels.in_order()[0]
        self._try(
            lambda: authoring.write_panel(
                panel,
                version=window.version,
                question=text,
                answer="Edema",
                accepted_variants=[],
            )
        )

    @rule(of=_PROBLEMS)
    def submit(self, of: int) -> None:
        self._try(lambda: statuses.submit(self.windows[of], self.crew))

    @rule(of=_PROBLEMS)
    def withdraw(self, of: int) -> None:
        self._try(lambda: statuses.withdraw(self.windows[of], self.crew))

    @rule(of=_PROBLEMS)
    def reopen(self, of: int) -> None:
        self._try(lambda: workflow.reopen(self.windows[of], by=self.crew.author))

    # Approvals are wanted most, else few examples come as far as a release.
    @precondition(lambda self: Revision.objects.exists())
    @rule(
        pick=st.integers(0, 3),
        by=_PEOPLE,
        verdict=st.sampled_from([*Verdict, *[Verdict.APPROVE] * 4]),
        comment=_TEXTS,
    )
    def judge(self, pick: int, by: int, verdict: Verdict, comment: str) -> None:
        """Judge one of the last revisions, which need not be current."""
        latest = Revision.objects.order_by("-pk")[: pick + 1]
        revision = list(latest)[-1]
        person = self.people[by]
        self._try(
            lambda: reviewing.record_review(revision, by=person, verdict=verdict, comment=comment)
        )

    @rule(of=_PROBLEMS, by=_PEOPLE)
    def approve(self, of: int, by: int) -> None:
        self._try(lambda: workflow.approve(self.windows[of], by=self.people[by]))

    @rule(
        of=_PROBLEMS,
        comment=_TEXTS,
        verb=st.sampled_from([workflow.request_changes, workflow.reject, workflow.retire]),
    )
    def decide(self, of: int, comment: str, verb: Callable[..., None]) -> None:
        self._try(lambda: verb(self.windows[of], by=self.crew.editor, comment=comment))

    @rule()
    def cut(self) -> None:
        version = releases.suggested_version()
        self._try(lambda: releases.cut_release(version, notes="", by=self.crew.editor))

    @invariant()
    def no_promise_is_broken(self) -> None:
        assert broken_invariants() == {}

    @invariant()
    def what_is_published_was_approved_by_hash_by_enough_others(self) -> None:
        published = Problem.objects.filter(status__in=[Status.APPROVED, Status.PUBLISHED])
        for problem in published.select_related("current_revision"):
            revision = problem.current_revision
            assert revision is not None
            approvals = Review.objects.filter(
                revision__sha256=revision.sha256, revision=revision, verdict=Verdict.APPROVE
            )
            people = set(approvals.values_list("reviewer", flat=True)) - {problem.author_id}
            assert len(people) >= revision.required_approvals >= 2

    @invariant()
    def every_move_is_in_the_table_and_stays_recorded(self) -> None:
        recorded: list[Any] = list(StatusChange.objects.order_by("pk").values())
        assert recorded[: len(self.recorded)] == self.recorded
        self.recorded = recorded
        for change in recorded:
            olds, new = TRANSITIONS[Move(change["move"])]
            assert change["old"] in olds
            assert change["new"] == new

    @invariant()
    def a_revision_never_changes(self) -> None:
        now = {row.pk: (row.content_json, row.sha256) for row in Revision.objects.all()}
        assert self.frozen.items() <= now.items()
        self.frozen = now


@pytest.mark.django_db
def test_whatever_people_do_in_any_order_the_promises_hold() -> None:
    run_state_machine_as_test(
        Collection,
        settings=settings(
            max_examples=20,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
