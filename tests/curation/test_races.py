"""Two people at the same moment, over and over: one order or the other, never something between."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations

import pytest

from curation import arranging, authoring, releases, workflow
from curation.errors import InvalidContentError, WrongMomentError
from curation.images import ImageFacts, describe_image
from curation.models import (
    HistoryEntry,
    Image,
    Panel,
    Problem,
    Release,
    Review,
    Status,
    User,
    Verdict,
    What,
)
from curation.people import Roles, accept_invitation, invite
from tests.curation import statuses
from tests.curation.invariants import broken_invariants
from tests.curation.racing import TIMES, Act, at_once
from tests.curation.statuses import Crew, bring_to, current, make_crew, make_draft
from tests.factories import make_editor, make_person

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def crew() -> Iterator[Crew]:
    """The people; whatever happened to what they made, no promise is broken afterwards."""
    yield make_crew()
    assert broken_invariants() == {}


def _judge(problem: Problem, by: User, verdict: Verdict) -> Act:
    revision = current(problem)
    statuses.know_answer(problem, by)
    return lambda: statuses.judge_revision(revision, by, verdict, "As I see it.")


def _cut(crew: Crew, version: str = "") -> Act:
    version = version or releases.suggested_version()
    return lambda: statuses.cut_ready(version, by=crew.editor)


def _publish(release: Release, crew: Crew) -> Act:
    own = Release.objects.get(pk=release.pk)
    return lambda: releases.publish_release(own, by=crew.editor)


def _discard(release: Release, crew: Crew) -> Act:
    own = Release.objects.get(pk=release.pk)
    return lambda: releases.discard_release(own, by=crew.editor)


def _yank(release: Release, crew: Crew, because: str) -> Act:
    own = Release.objects.get(pk=release.pk)
    return lambda: releases.yank_release(own, because=because, by=crew.editor)


def _discard_draft(crew: Crew) -> None:
    """Make room for the next."""
    for draft in Release.objects.filter(stage=Release.Stage.DRAFT):
        releases.discard_release(draft, by=crew.editor)


def _withdraw(problem: Problem, crew: Crew) -> Act:
    own = Problem.objects.get(pk=problem.pk)
    return lambda: workflow.withdraw(own, by=crew.author)


def _retire(problem: Problem, crew: Crew) -> Act:
    own = Problem.objects.get(pk=problem.pk)
    return lambda: workflow.retire(own, by=crew.editor, comment="Wrong side.")


def _reject(problem: Problem, crew: Crew) -> Act:
    own = Problem.objects.get(pk=problem.pk)
    return lambda: workflow.reject(own, by=crew.editor, comment="Not for us.")


def _overrule(problem: Problem, crew: Crew) -> Act:
    own = Problem.objects.get(pk=problem.pk)
    return lambda: workflow.overrule(own, by=crew.editor, comment="I looked at it.")


def _submit_anew(problem: Problem, crew: Crew) -> Act:
    own = Problem.objects.get(pk=problem.pk)

    def submit_anew() -> None:
        workflow.withdraw(own, by=crew.author)
        workflow.reopen(own, by=crew.author)
        statuses.submit(own, crew)

    return submit_anew


def _take_back(problem: Problem) -> Act:
    """Its author is not sure any more that nobody can be recognized."""
    image = Image.objects.filter(panels__problem=problem).earliest("pk")
    facts = ImageFacts(
        source=image.source,
        license=image.license,
        attribution=image.attribution,
        alt_text=image.alt_text,
        is_without_patient=False,
    )
    return lambda: describe_image(image, facts)


def _own_pictures(crew: Crew) -> Crew:
    """The same people with an author whose pictures no other problem shows."""
    return replace(crew, author=make_person(is_author=True))


def _status(problem: Problem) -> str:
    return Problem.objects.values_list("status", flat=True).get(pk=problem.pk)


def _once_approved(crew: Crew) -> Problem:
    problem = bring_to(Status.SUBMITTED, crew)
    statuses.judge(problem, crew.reviewers[0], Verdict.APPROVE)
    return problem


def test_one_person_who_approves_twice_at_once_approves_once(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = bring_to(Status.SUBMITTED, crew)
        approval = _judge(problem, crew.reviewers[0], Verdict.APPROVE)
        assert sorted(at_once(approval, approval)) == [False, True]
        assert current(problem).reviews.count() == 1
        assert _status(problem) == Status.SUBMITTED


def test_two_people_who_approve_at_once_approve_it(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = bring_to(Status.SUBMITTED, crew)
        approvals = [_judge(problem, person, Verdict.APPROVE) for person in crew.reviewers[:2]]
        assert at_once(*approvals) == [True, True]
        assert _status(problem) == Status.APPROVED
        moves = problem.status_changes.order_by("pk").values_list("move", flat=True)
        assert list(moves) == ["submit", "approve"]


def test_three_people_who_approve_at_once_approve_it_once(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = bring_to(Status.SUBMITTED, crew)
        done = at_once(*(_judge(problem, one, Verdict.APPROVE) for one in crew.reviewers))
        assert done.count(True) == current(problem).reviews.count() == 2
        assert _status(problem) == Status.APPROVED


def test_an_approval_and_a_rejection_at_once_never_lose_the_rejection(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = _once_approved(crew)
        _, is_rejected = at_once(
            _judge(problem, crew.reviewers[1], Verdict.APPROVE),
            _judge(problem, crew.reviewers[2], Verdict.REJECT),
        )
        assert _status(problem) == (Status.SUBMITTED if is_rejected else Status.APPROVED)


def test_what_is_withdrawn_while_it_is_approved_is_withdrawn_or_approved(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = _once_approved(crew)
        is_approved, is_withdrawn = at_once(
            _judge(problem, crew.reviewers[1], Verdict.APPROVE), _withdraw(problem, crew)
        )
        assert (is_approved, is_withdrawn) in {(True, False), (False, True)}
        assert _status(problem) == (Status.APPROVED if is_approved else Status.WITHDRAWN)
        assert current(problem).reviews.count() == 1 + is_approved


def test_what_is_submitted_anew_while_it_is_approved_keeps_no_approval(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = _once_approved(crew)
        old = current(problem)
        approval = _judge(problem, crew.reviewers[1], Verdict.APPROVE)
        is_approved, is_anew = at_once(approval, _submit_anew(problem, crew))
        assert is_approved or is_anew
        if is_anew:
            assert current(problem) != old
            assert not current(problem).reviews.exists()
            assert _status(problem) == Status.SUBMITTED
        else:
            assert _status(problem) == Status.APPROVED


def test_what_an_editor_rejects_while_it_is_approved_is_rejected_or_approved(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = _once_approved(crew)
        is_approved, is_rejected = at_once(
            _judge(problem, crew.reviewers[1], Verdict.APPROVE), _reject(problem, crew)
        )
        assert is_approved or is_rejected
        assert _status(problem) == (Status.REJECTED if is_rejected else Status.APPROVED)


def test_two_who_decide_one_dispute_at_once_decide_it_once(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = bring_to(Status.SUBMITTED, crew)
        statuses.dispute(problem, crew)
        done = at_once(_overrule(problem, crew), _reject(problem, crew))
        assert sorted(done) == [False, True]
        assert _status(problem) == (Status.APPROVED if done[0] else Status.REJECTED)


def test_an_editor_who_judges_and_decides_at_once_does_one_of_both(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = bring_to(Status.SUBMITTED, crew)
        statuses.dispute(problem, crew)
        is_judged, is_decided = at_once(
            _judge(problem, crew.editor, Verdict.APPROVE), _overrule(problem, crew)
        )
        assert is_judged != is_decided


def test_what_is_taken_back_of_an_image_while_it_is_approved_is_seen_or_comes_later(
    crew: Crew,
) -> None:
    for _ in range(TIMES):
        problem = _once_approved(_own_pictures(crew))
        is_approved, is_taken_back = at_once(
            _judge(problem, crew.reviewers[1], Verdict.APPROVE), _take_back(problem)
        )
        assert is_taken_back
        assert _status(problem) == (Status.APPROVED if is_approved else Status.SUBMITTED)
        with pytest.raises((InvalidContentError, WrongMomentError)):
            _cut(crew)()
        assert not problem.release_items.exists()
        workflow.withdraw(Problem.objects.get(pk=problem.pk), by=problem.author)


def test_what_is_taken_back_of_an_image_while_a_release_is_cut_is_seen_or_comes_later(
    crew: Crew,
) -> None:
    for _ in range(TIMES):
        problem = bring_to(Status.APPROVED, _own_pictures(crew))
        is_cut, is_taken_back = at_once(_cut(crew), _take_back(problem))
        assert is_taken_back
        assert problem.release_items.exists() == is_cut
        assert _status(problem) == Status.APPROVED
        for draft in Release.objects.filter(stage=Release.Stage.DRAFT):
            with pytest.raises(InvalidContentError, match="Confirm that no patient"):
                _publish(draft, crew)()
        _discard_draft(crew)
        with pytest.raises(InvalidContentError, match="Confirm that no patient"):
            _cut(crew)()  # taken back afterwards, the next release needs it again
        own = Problem.objects.get(pk=problem.pk)
        workflow.withdraw(own, by=own.author)


def test_an_image_removed_while_a_release_is_cut_stays_in_what_is_released(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = bring_to(Status.APPROVED, crew)
        panel = Panel.objects.get(problem=problem.pk, position=0)
        done = at_once(_cut(crew), partial(arranging.place_image, panel, image=None))
        assert done == [True, False]
        _discard_draft(crew)
        revision = current(problem)
        shown = {image.sha256 for image in revision.content().images}
        assert shown == {image.sha256 for image in revision.images.all()}


def test_what_is_returned_while_it_is_approved_is_returned_or_approved(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = _once_approved(crew)
        is_approved, is_returned = at_once(
            _judge(problem, crew.reviewers[1], Verdict.APPROVE),
            _judge(problem, crew.reviewers[2], Verdict.REQUEST_CHANGES),
        )
        assert is_approved != is_returned
        assert _status(problem) == (Status.APPROVED if is_approved else Status.CHANGES_REQUESTED)
        assert current(problem).reviews.count() == 2


def test_a_draft_submitted_twice_at_once_is_one_revision(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = make_draft(crew)
        windows = [Problem.objects.get(pk=problem.pk) for _ in range(2)]
        done = at_once(*(partial(statuses.submit, own, crew) for own in windows))
        assert sorted(done) == [False, True]
        assert problem.revisions.count() == problem.status_changes.count() == 1


def test_a_draft_written_while_it_is_submitted_freezes_one_text_or_the_other(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = make_draft(crew)
        panel = Panel.objects.get(problem=problem.pk, position=0)  # with a problem of its own
        is_submitted, is_written = at_once(
            partial(statuses.submit, problem, crew),
            partial(
                authoring.write_panel,
                panel,
                version=1,
                question="Which side?",
                answer="Edema",
                accepted_variants=[],
            ),
        )
        assert is_submitted != is_written
        now = Problem.objects.with_panels().get(pk=problem.pk)
        assert now.status == (Status.SUBMITTED if is_submitted else Status.DRAFT)
        assert now.version == 2
        if is_submitted:
            assert current(problem).content() == now.content()


def test_two_releases_cut_at_once_with_one_version_are_one_release(crew: Crew) -> None:
    for _ in range(TIMES):
        bring_to(Status.APPROVED, crew)
        version = releases.suggested_version()
        assert sorted(at_once(_cut(crew, version), _cut(crew, version))) == [False, True]
        release = Release.objects.get(version=version)
        releases.publish_release(release, by=crew.editor)


def test_versions_grow_also_when_two_are_cut_at_once_and_one_draft_is_left(crew: Crew) -> None:
    for number in range(TIMES):
        bring_to(Status.APPROVED, crew)
        versions = [f"1.{number}.1", f"1.{number}.2"]
        done = at_once(*(_cut(crew, version) for version in versions))
        assert done.count(True) == 1
        draft = Release.objects.get(stage=Release.Stage.DRAFT)
        assert draft.version == versions[done.index(True)]
        releases.publish_release(draft, by=crew.editor)
    cut = Release.objects.order_by("pk").values_list("version", flat=True)
    parts = [tuple(map(int, version.split("."))) for version in cut]
    assert all(earlier < later for earlier, later in combinations(parts, 2))


def test_what_is_withdrawn_while_a_release_is_cut_is_never_published(crew: Crew) -> None:
    bring_to(Status.PUBLISHED, crew)
    for _ in range(TIMES):
        problem = bring_to(Status.APPROVED, crew)
        is_cut, is_withdrawn = at_once(_cut(crew), _withdraw(problem, crew))
        assert (is_cut, is_withdrawn) == (True, True)  # before it is listed, or after
        assert _status(problem) == Status.WITHDRAWN
        if problem.release_items.exists():
            with pytest.raises(WrongMomentError, match="No longer as it was"):
                _publish(Release.objects.get(stage=Release.Stage.DRAFT), crew)()
        _discard_draft(crew)


def test_what_is_retired_while_a_release_is_cut_is_listed_only_as_published(crew: Crew) -> None:
    bring_to(Status.PUBLISHED, crew)
    for _ in range(TIMES):
        problem = bring_to(Status.PUBLISHED, crew)
        assert all(at_once(_cut(crew), _retire(problem, crew)))
        assert _status(problem) == Status.RETIRED
        _discard_draft(crew)
        _cut(crew)()
        assert not problem.release_items.filter(release=Release.objects.latest("pk")).exists()
        _discard_draft(crew)


def test_a_second_approval_while_a_release_is_cut_is_in_it_or_in_the_next(crew: Crew) -> None:
    bring_to(Status.PUBLISHED, crew)
    for _ in range(TIMES):
        problem = _once_approved(crew)
        done = at_once(
            _cut(crew),
            _judge(problem, crew.reviewers[1], Verdict.APPROVE),
        )
        assert done == [True, True]
        is_in_it = problem.release_items.exists()
        _publish(Release.objects.get(stage=Release.Stage.DRAFT), crew)()
        assert _status(problem) == (Status.PUBLISHED if is_in_it else Status.APPROVED)


def test_what_is_withdrawn_while_a_release_is_published_stops_it_or_is_published(
    crew: Crew,
) -> None:
    for _ in range(TIMES):
        problem = bring_to(Status.APPROVED, crew)
        draft = statuses.cut_ready(releases.suggested_version(), by=crew.editor)
        is_published, is_withdrawn = at_once(_publish(draft, crew), _withdraw(problem, crew))
        assert is_published != is_withdrawn
        assert _status(problem) == (Status.PUBLISHED if is_published else Status.WITHDRAWN)
        draft.refresh_from_db()
        assert draft.is_draft == is_withdrawn
        _discard_draft(crew)


def test_what_is_retired_while_a_release_is_published_stops_it_or_is_retired_after(
    crew: Crew,
) -> None:
    for _ in range(TIMES):
        problem = bring_to(Status.PUBLISHED, crew)
        bring_to(Status.APPROVED, crew)
        draft = statuses.cut_ready(releases.suggested_version(), by=crew.editor)
        is_published, is_retired = at_once(_publish(draft, crew), _retire(problem, crew))
        assert is_retired
        assert _status(problem) == Status.RETIRED
        draft.refresh_from_db()
        assert draft.is_draft != is_published
        _discard_draft(crew)


def test_a_release_published_twice_at_once_is_published_once(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = bring_to(Status.APPROVED, crew)
        draft = statuses.cut_ready(releases.suggested_version(), by=crew.editor)
        assert sorted(at_once(_publish(draft, crew), _publish(draft, crew))) == [False, True]
        assert problem.status_changes.filter(new=Status.PUBLISHED).count() == 1


def test_a_draft_published_and_discarded_at_once_is_one_of_both(crew: Crew) -> None:
    for _ in range(TIMES):
        problem = bring_to(Status.APPROVED, crew)
        draft = statuses.cut_ready(releases.suggested_version(), by=crew.editor)
        is_published, is_discarded = at_once(_publish(draft, crew), _discard(draft, crew))
        assert is_published != is_discarded
        assert Release.objects.filter(pk=draft.pk).exists() == is_published
        assert _status(problem) == (Status.PUBLISHED if is_published else Status.APPROVED)
        if is_discarded:
            workflow.withdraw(Problem.objects.get(pk=problem.pk), by=crew.author)


def test_a_release_yanked_twice_at_once_keeps_the_reason_of_the_first(crew: Crew) -> None:
    for _ in range(TIMES):
        bring_to(Status.PUBLISHED, crew)
        release = Release.objects.latest("pk")
        done = at_once(_yank(release, crew, "Wrong side."), _yank(release, crew, "Wrong organ."))
        assert sorted(done) == [False, True]
        release.refresh_from_db()
        assert release.yanked_because == ("Wrong side." if done[0] else "Wrong organ.")
        told = HistoryEntry.objects.filter(what=What.RELEASE_YANKED, subject_id=str(release.pk))
        assert told.count() == 1


def test_an_invitation_accepted_twice_at_once_makes_one_person() -> None:
    editor = make_editor()
    for number in range(5):  # each hashes two passwords
        email = f"new{number}@example.org"
        invitation, _ = invite(email, roles=Roles(is_author=True), by=editor)
        joins = [
            partial(accept_invitation, invitation, name=name, password="seven quiet lungs")
            for name in ("One", "Two")
        ]
        assert sorted(at_once(*joins)) == [False, True]
        invitation.refresh_from_db()
        assert invitation.accepted_by == User.objects.get(email=email)


def test_reviews_of_one_revision_by_one_person_are_one_in_every_race(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    judgments = [_judge(problem, crew.reviewers[0], verdict) for verdict in Verdict]
    assert at_once(*judgments).count(True) == 1
    assert Review.objects.count() == 1
