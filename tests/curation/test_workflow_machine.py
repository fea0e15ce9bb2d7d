"""People who do anything in any order: whatever they do, what was promised still holds."""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, cast

import pytest
from django.db import transaction
from django.utils import timezone
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
from curation.composing import Choice
from curation.domain.checklist import ITEMS
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import (
    Comment,
    Image,
    Move,
    Problem,
    Release,
    Review,
    Revision,
    Status,
    StatusChange,
    Verdict,
)
from curation.workflow import TRANSITIONS
from tests.curation import statuses
from tests.curation.invariants import broken_invariants
from tests.curation.statuses import bring_to, make_crew

# A thousand by hand: WORKFLOWS=1000 pytest tests/curation/test_workflow_machine.py
_EXAMPLES = int(os.environ.get("WORKFLOWS", "20"))
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

    @rule(of=_PROBLEMS)
    def submit_as_it_is(self, of: int) -> None:
        """Also what was returned and not touched since."""
        window = self.windows[of]
        self._try(lambda: workflow.submit(window, by=self.crew.author, version=window.version))

    @precondition(lambda self: Revision.objects.exists())
    @rule(pick=st.integers(0, 3), by=_PEOPLE)
    def reply(self, pick: int, by: int) -> None:
        """Somebody answers in a thread about one of the last revisions."""
        said = {"is_sent": True, "written_by": self.people[by]}
        revision = self._one_of_the_last(pick)
        thread = Comment.objects.create(revision=revision, text="Why?", **said)
        Comment.objects.create(revision=revision, parent=thread, text="So.", **said)

    def _one_of_the_last(self, pick: int) -> Revision:
        latest = Revision.objects.order_by("-pk")[: pick + 1]
        return list(latest)[-1]

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
        revision = self._one_of_the_last(pick)
        person = self.people[by]
        self._try(lambda: statuses.judge_revision(revision, person, verdict, comment))

    @precondition(lambda self: Revision.objects.exists())
    @rule(
        pick=st.integers(0, 3),
        by=_PEOPLE,
        verdict=st.sampled_from(Verdict),
        item=st.sampled_from([*ITEMS]),
        said=st.sampled_from([True, False, None]),
    )
    def judge_unsure(self, pick: int, by: int, verdict: Verdict, item: str, said: object) -> None:
        """Judge with an item that may not hold, and perhaps without having seen the answer."""
        revision = self._one_of_the_last(pick)
        checklist = {**dict.fromkeys(ITEMS, True), item: said}
        self._try(
            lambda: reviewing.record_review(
                revision,
                by=self.people[by],
                verdict=verdict,
                comment="As I see it.",
                checklist=cast("dict[str, bool | None]", checklist),
                annotations={},
            )
        )

    @rule(of=_PROBLEMS, is_sure=st.booleans())
    def confirm_images(self, of: int, *, is_sure: bool) -> None:
        """The author takes back what was said of the images, or confirms it again."""
        shown = Image.objects.filter(panels__problem=self.windows[of])
        shown.update(no_patient_confirmed_at=timezone.now() if is_sure else None)

    @rule(of=_PROBLEMS)
    def dispute(self, of: int) -> None:
        """What takes many steps otherwise: two approve it and one would reject it."""
        if Problem.objects.get(pk=self.windows[of].pk).status == Status.SUBMITTED:
            self._try(lambda: statuses.dispute(self.windows[of], self.crew))

    @rule(of=_PROBLEMS, by=_PEOPLE)
    def approve(self, of: int, by: int) -> None:
        self._try(lambda: workflow.approve(self.windows[of], by=self.people[by]))

    @rule(
        of=_PROBLEMS,
        by=st.sampled_from([4, 4, 4, 1]),  # the editor, or a reviewer who became one
        comment=_TEXTS,
        verb=st.sampled_from(
            [workflow.overrule, workflow.send_back, workflow.reject, workflow.retire]
        ),
    )
    def decide(self, of: int, by: int, comment: str, verb: Callable[..., None]) -> None:
        self._try(lambda: verb(self.windows[of], by=self.people[by], comment=comment))

    @rule(specialty=st.sampled_from(["radiology", "surgery", ""]), percent=st.sampled_from([0, 50]))
    def cut(self, specialty: str, percent: int) -> None:
        """A draft, whose files a worker writes at once; of everything, or of one specialty."""
        version = releases.suggested_version()
        chosen = frozenset({specialty}) if specialty else None
        self._try(
            lambda: statuses.cut_ready(
                version,
                by=self.crew.editor,
                choice=Choice(specialties=chosen),
                held_out_percent=percent,
            )
        )

    @rule(verb=st.sampled_from([releases.publish_release, releases.discard_release]))
    def end_draft(self, verb: Callable[..., object]) -> None:
        for draft in Release.objects.filter(stage=Release.Stage.DRAFT):
            self._try(partial(verb, draft, by=self.crew.editor))

    @rule(reason=_TEXTS)
    def yank(self, reason: str) -> None:
        for release in Release.objects.order_by("-pk")[:1]:
            self._try(partial(releases.yank_release, release, because=reason, by=self.crew.editor))

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
            max_examples=_EXAMPLES,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
