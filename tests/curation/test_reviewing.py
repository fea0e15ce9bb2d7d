"""Who approves what: two others, one review each, of the revision that is current."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from curation import blind, reviewing, workflow
from curation.blind import Given, Skipped
from curation.domain.checklist import ITEMS
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import (
    SIGNED,
    AnswerSeen,
    Claim,
    Comment,
    Image,
    NoticeKind,
    Problem,
    Review,
    Revision,
    Stage,
    Status,
    User,
    Verdict,
)
from tests.curation import statuses
from tests.curation.invariants import broken_invariants
from tests.curation.judgments import answer
from tests.curation.statuses import (
    Crew,
    bring_to,
    current,
    judge,
    judge_revision,
    make_crew,
    make_draft,
)
from tests.factories import make_person

pytestmark = pytest.mark.django_db

_ALL: Mapping[str, bool] = dict.fromkeys(ITEMS, True)
_NONE: Mapping[str, str] = {}


@pytest.fixture
def crew() -> Crew:
    return make_crew()


@pytest.fixture
def submitted(crew: Crew) -> Problem:
    return bring_to(Status.SUBMITTED, crew)


def _status(problem: Problem) -> str:
    return Problem.objects.values_list("status", flat=True).get(pk=problem.pk)


def _awaits(person: User) -> list[Problem]:
    return list(Problem.objects.awaiting_review_by(person))


def test_the_second_approval_by_another_person_approves(crew: Crew, submitted: Problem) -> None:
    judge(submitted, crew.reviewers[0], Verdict.APPROVE, " Good. ")
    assert _status(submitted) == Status.SUBMITTED
    judge(submitted, crew.reviewers[1], Verdict.APPROVE)
    assert _status(submitted) == Status.APPROVED
    change = submitted.status_changes.latest("pk")
    assert (change.changed_by, change.revision) == (crew.reviewers[1], current(submitted))
    reviews = current(submitted).reviews.order_by("pk").values_list("reviewer", "comment")
    assert list(reviews) == [(crew.reviewers[0].pk, "Good."), (crew.reviewers[1].pk, "")]
    assert broken_invariants() == {}


@pytest.mark.parametrize("needed", [1, 3])
def test_as_many_approvals_are_needed_as_when_it_was_submitted(
    needed: int, crew: Crew, settings: Settings
) -> None:
    settings.REQUIRED_APPROVALS = needed
    problem = bring_to(Status.SUBMITTED, crew)
    settings.REQUIRED_APPROVALS = 2
    for reviewer in crew.reviewers[:needed]:
        assert _status(problem) == Status.SUBMITTED
        judge(problem, reviewer, Verdict.APPROVE)
    assert _status(problem) == Status.APPROVED


@pytest.mark.parametrize("verdict", Verdict)
def test_nobody_reviews_their_own_problem(verdict: Verdict, crew: Crew, submitted: Problem) -> None:
    User.objects.filter(pk=crew.author.pk).update(is_reviewer=True)
    with pytest.raises(WrongMomentError, match="never its author's"):
        judge(submitted, crew.author, verdict, "Mine.")
    assert not Review.objects.exists()
    assert _status(submitted) == Status.SUBMITTED


@pytest.mark.parametrize("again", Verdict)
def test_a_person_has_one_verdict_on_a_revision(
    again: Verdict, crew: Crew, submitted: Problem
) -> None:
    judge(submitted, crew.reviewers[0], Verdict.APPROVE)
    with pytest.raises(WrongMomentError, match="one review a person"):
        judge(submitted, crew.reviewers[0], again, "Once more.")
    assert _status(submitted) == Status.SUBMITTED
    assert current(submitted).reviews.get().verdict == Verdict.APPROVE


def test_a_request_for_changes_returns_the_problem_with_its_comment(
    crew: Crew, submitted: Problem
) -> None:
    judge(submitted, crew.reviewers[0], Verdict.REQUEST_CHANGES, " Say which side. ")
    assert _status(submitted) == Status.CHANGES_REQUESTED
    change = submitted.status_changes.latest("pk")
    assert (change.comment, change.changed_by) == ("Say which side.", crew.reviewers[0])
    assert current(submitted).reviews.get().comment == "Say which side."
    with pytest.raises(WrongMomentError, match="takes no reviews"):
        judge(submitted, crew.reviewers[1], Verdict.APPROVE)


def test_the_same_reviewers_see_it_again_after_it_was_submitted_again(
    crew: Crew, submitted: Problem
) -> None:
    approver, returner, other = crew.reviewers
    judge(submitted, approver, Verdict.APPROVE)
    assert [_awaits(person) for person in crew.reviewers] == [[], [submitted], [submitted]]
    judge(submitted, returner, Verdict.REQUEST_CHANGES, "Say which side.")
    assert [_awaits(person) for person in crew.reviewers] == [[], [], []]
    submitted.refresh_from_db()
    statuses.submit(submitted, crew)
    assert [_awaits(person) for person in crew.reviewers] == [[submitted]] * 3
    assert _awaits(crew.author) == []
    judge(submitted, returner, Verdict.APPROVE)
    judge(submitted, other, Verdict.APPROVE)
    assert _status(submitted) == Status.APPROVED


def test_the_queue_shows_the_oldest_submission_first(crew: Crew) -> None:
    returned, waiting = make_draft(crew), make_draft(crew)
    for problem in (returned, waiting):
        statuses.submit(problem, crew)
    assert _awaits(crew.editor) == [returned, waiting]
    statuses.withdraw(returned, crew)
    workflow.reopen(returned, by=crew.author)
    statuses.submit(returned, crew)
    assert _awaits(crew.editor) == [waiting, returned]


@pytest.mark.parametrize("rejecting", [0, 1])
def test_a_rejection_keeps_two_approvals_from_taking_effect(
    rejecting: int, crew: Crew, submitted: Problem
) -> None:
    for place, reviewer in enumerate(crew.reviewers):
        verdict = Verdict.REJECT if place == rejecting else Verdict.APPROVE
        judge(submitted, reviewer, verdict, "As I see it.")
    assert current(submitted).reviews.approvals().count() == 2
    assert _status(submitted) == Status.SUBMITTED


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_on_an_old_revision_comes_too_late(
    verdict: Verdict, crew: Crew, submitted: Problem
) -> None:
    old = current(submitted)
    statuses.request_changes(submitted, crew)
    submitted.refresh_from_db()
    statuses.submit(submitted, crew)
    with pytest.raises(WrongMomentError, match="newer revision"):
        judge_revision(old, crew.reviewers[1], verdict, "Late.")
    assert current(submitted).reviews.count() == 0
    assert old.reviews.count() == 1


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.DRAFT, Status.SUBMITTED}))
def test_only_what_is_submitted_takes_reviews(status: Status, crew: Crew) -> None:
    revision = current(bring_to(status, crew))
    before = Review.objects.count()
    with pytest.raises(WrongMomentError, match="takes no reviews"):
        judge_revision(revision, crew.reviewers[2], Verdict.APPROVE)
    assert Review.objects.count() == before


@pytest.mark.parametrize("verdict", [Verdict.REQUEST_CHANGES, Verdict.REJECT])
def test_who_does_not_approve_says_why(verdict: Verdict, crew: Crew, submitted: Problem) -> None:
    with pytest.raises(InvalidContentError, match="Say what should change"):
        judge(submitted, crew.reviewers[0], verdict, " \n ")
    assert not Review.objects.exists()
    assert _status(submitted) == Status.SUBMITTED


def _send_approval(client: Client, revision: Revision) -> int:
    address = reverse("curation:review_detail", args=[revision.pk])
    return client.post(address, statuses.review_form(revision, Verdict.APPROVE)).status_code


def test_who_lost_the_role_in_mid_session_judges_no_more(
    client: Client, crew: Crew, submitted: Problem
) -> None:
    reviewer = crew.reviewers[0]
    client.force_login(reviewer)
    assert client.get(reverse("curation:review_queue")).status_code == 200
    User.objects.filter(pk=reviewer.pk).update(is_reviewer=False)
    assert _send_approval(client, current(submitted)) == 403
    assert not Review.objects.exists()


def test_who_has_every_role_may_not_judge_or_decide_their_own(client: Client) -> None:
    everything = make_person(is_author=True, is_reviewer=True, is_editor=True)
    crew = make_crew()
    own = Crew(author=everything, reviewers=crew.reviewers, editor=crew.editor)
    problem = bring_to(Status.SUBMITTED, own)
    client.force_login(everything)
    assert _send_approval(client, current(problem)) == 403
    address = reverse("curation:problem_decide", args=[problem.pk])
    for move in SIGNED:
        sent = {"move": move, "comment": "Mine.", "revision": problem.current_revision_id}
        assert client.post(address, sent).status_code == 403
    assert _status(problem) == Status.SUBMITTED
    assert not Review.objects.exists()


def test_a_late_verdict_is_answered_with_the_page_of_the_wrong_moment(
    client: Client, crew: Crew, submitted: Problem
) -> None:
    revision = current(submitted)
    statuses.withdraw(submitted, crew)
    client.force_login(crew.reviewers[0])
    assert _send_approval(client, revision) == 404  # what was withdrawn is the author's again
    client.force_login(crew.editor)
    User.objects.filter(pk=crew.editor.pk).update(is_reviewer=True)
    assert _send_approval(client, revision) == 409
    assert not Review.objects.exists()


def _judge_as(
    revision: Revision,
    by: User,
    *,
    verdict: Verdict = Verdict.APPROVE,
    checklist: Mapping[str, bool | None] = _ALL,
    annotations: Mapping[str, str] = _NONE,
) -> Review:
    return reviewing.record_review(
        revision,
        by=by,
        verdict=verdict,
        comment="As I see it.",
        checklist=checklist,
        annotations=annotations,
    )


@pytest.mark.parametrize("verdict", Verdict)
def test_who_has_not_answered_blind_gives_no_verdict(
    verdict: Verdict, crew: Crew, submitted: Problem
) -> None:
    with pytest.raises(WrongMomentError, match="Answer the query first"):
        _judge_as(current(submitted), crew.reviewers[0], verdict=verdict)
    answer(submitted, crew.reviewers[0], Stage.ZERO_SHOT, is_right=True)
    with pytest.raises(WrongMomentError, match="Answer the query first"):
        _judge_as(current(submitted), crew.reviewers[0], verdict=verdict)
    assert not Review.objects.exists()


def test_a_verdict_follows_both_blind_answers_given_or_skipped(
    crew: Crew, submitted: Problem
) -> None:
    submitted.refresh_from_db()
    revision, reviewer = current(submitted), crew.reviewers[0]
    given = Given(answer="A disc", confidence=3, seconds=9)
    blind.answer_blind(revision, Stage.ZERO_SHOT, given, by=reviewer)
    why = Skipped(reason="Not my field.", seconds=9)
    blind.skip_blind(revision, Stage.IN_CONTEXT, why, by=reviewer)
    assert _judge_as(current(submitted), crew.reviewers[0]).verdict == Verdict.APPROVE


def test_who_judged_an_earlier_revision_need_not_answer_again(
    crew: Crew, submitted: Problem
) -> None:
    judge(submitted, crew.reviewers[0], Verdict.REQUEST_CHANGES, "Say which side.")
    AnswerSeen.objects.all().delete()
    submitted.refresh_from_db()
    statuses.submit(submitted, crew)
    assert _judge_as(current(submitted), crew.reviewers[0]).verdict == Verdict.APPROVE


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("said", [False, None, "left out"])
def test_an_approval_confirms_every_item_of_the_checklist(
    item: str, said: object, crew: Crew, submitted: Problem
) -> None:
    statuses.know_answer(submitted, crew.reviewers[0])
    checklist: dict[str, bool | None] = {name: True for name in ITEMS if name != item}
    if said is None or said is False:
        checklist[item] = said
    with pytest.raises(InvalidContentError, match=re.escape(ITEMS[item])):
        _judge_as(current(submitted), crew.reviewers[0], checklist=checklist)
    assert not Review.objects.exists()
    returned = _judge_as(
        current(submitted),
        crew.reviewers[0],
        verdict=Verdict.REQUEST_CHANGES,
        checklist=checklist,
    )
    assert returned.checklist == checklist


@pytest.mark.parametrize(
    ("checklist", "annotations", "said"),
    [
        ({**_ALL, "nonsense": True}, _NONE, "checklist has changed"),
        (_ALL, {"difficulty": "impossible"}, "Choose the difficulty"),
        (_ALL, {"specialty": "alchemy"}, "Choose the specialty"),
        (_ALL, {"color": "red"}, "Choose the color"),
    ],
)
def test_what_no_form_offers_is_refused(
    checklist: Mapping[str, bool], annotations: Mapping[str, str], said: str, submitted: Problem
) -> None:
    reviewer = make_person(is_reviewer=True)
    statuses.know_answer(submitted, reviewer)
    with pytest.raises(InvalidContentError, match=said):
        _judge_as(current(submitted), reviewer, checklist=checklist, annotations=annotations)
    assert not Review.objects.exists()


def test_a_verdict_keeps_the_annotations_and_the_time_and_ends_the_place(
    crew: Crew, submitted: Problem
) -> None:
    reviewer, now = crew.reviewers[0], timezone.now()
    statuses.know_answer(submitted, reviewer)
    Claim.objects.create(
        revision=current(submitted),
        slot=0,
        reviewer=reviewer,
        claimed_at=now - timedelta(minutes=5),
        expires_at=now + timedelta(days=1),
    )
    chosen = {"difficulty": "hard", "specialty": "radiology"}
    review = _judge_as(current(submitted), reviewer, annotations=chosen)
    assert review.annotations == chosen
    assert 300 <= (review.seconds or 0) < 360
    assert not Claim.objects.exists()
    other = crew.reviewers[1]
    statuses.know_answer(submitted, other)
    assert _judge_as(current(submitted), other).seconds is None


def test_a_verdict_sends_the_comments_that_were_drafts_and_no_others(
    crew: Crew, submitted: Problem
) -> None:
    mine, others = (
        Comment.objects.create(revision=current(submitted), text=text, written_by=person)
        for text, person in zip(("Which side?", "Too dark."), crew.reviewers[:2], strict=True)
    )
    judge(submitted, crew.reviewers[0], Verdict.APPROVE)
    mine.refresh_from_db()
    others.refresh_from_db()
    assert (mine.is_sent, others.is_sent) == (True, False)
    assert "Which side?" in crew.author.notices.get(kind=NoticeKind.COMMENT).quote


_CONCLUDED = {
    "the first approval": (
        (Verdict.APPROVE,),
        NoticeKind.COMMENT,
        "{who} approved it and wrote 2 comments.",
    ),
    "the last approval": (
        (Verdict.APPROVE, Verdict.APPROVE),
        NoticeKind.APPROVED,
        "It has the approvals it needs. The next release publishes it.",
    ),
    "a request": ((Verdict.REQUEST_CHANGES,), NoticeKind.RETURNED, "{who} asked for changes."),
    "a rejection": (
        (Verdict.REJECT,),
        NoticeKind.COMMENT,
        "{who} would reject it and wrote 2 comments.",
    ),
    "an approval of what is disputed": (
        (Verdict.REJECT, Verdict.APPROVE),
        NoticeKind.COMMENT,
        "{who} approved it and wrote 2 comments.",
    ),
}


@pytest.mark.parametrize("which", _CONCLUDED)
def test_the_author_hears_of_a_verdict_and_its_comments_at_once(
    which: str, crew: Crew, submitted: Problem
) -> None:
    verdicts, kind, text = _CONCLUDED[which]
    *before, last = verdicts
    for reviewer, verdict in zip(crew.reviewers, before, strict=False):
        judge(submitted, reviewer, verdict, "As I see it.")
    assert not crew.author.notices.exists()
    reviewer = crew.reviewers[len(before)]
    for words in ("Which side?", "Too dark."):
        Comment.objects.create(
            revision=current(submitted), panel=0, field="image", text=words, written_by=reviewer
        )
    judge(submitted, reviewer, last, "Look closer.")
    notice = crew.author.notices.get()
    assert (notice.kind, notice.text) == (kind, text.format(who=reviewer.name))
    assert notice.quote == (
        "Look closer.\n\nExample 1, image: Which side?\n\nExample 1, image: Too dark."
    )


_UNCLEAR: Mapping[str, tuple[dict[str, Any], str]] = {
    "source": ({"source": ""}, "Say where the image comes from."),
    "license": ({"license": ""}, "Choose the license of the image."),
    "attribution": ({"attribution": ""}, "Say whom to credit for the image."),
    "patient": ({"no_patient_confirmed_at": None}, "Confirm that no patient can be identified."),
    "text": ({"text_areas": [[0, 0, 9, 9]]}, "Text was found in this picture"),
}


@pytest.mark.parametrize("unclear", _UNCLEAR)
def test_nothing_is_approved_or_released_while_an_image_is_unclear(
    unclear: str, crew: Crew
) -> None:
    problem, ready = bring_to(Status.SUBMITTED, crew), bring_to(Status.APPROVED, crew)
    change, said = _UNCLEAR[unclear]
    image = problem.panels.in_order()[1].image
    assert image is not None
    Image.objects.filter(pk=image.pk).update(**change)
    with pytest.raises(InvalidContentError, match=f"Example 2: {re.escape(said)}"):
        judge(problem, crew.reviewers[0], Verdict.APPROVE)
    assert not current(problem).reviews.exists()
    with pytest.raises(InvalidContentError, match=f"Example 2: {re.escape(said)}"):
        statuses.release(ready, crew)
    assert _status(ready) == Status.APPROVED
    judge(problem, crew.reviewers[0], Verdict.REQUEST_CHANGES, "Clear the images.")
    assert _status(problem) == Status.CHANGES_REQUESTED


def test_a_refusal_names_the_problem_and_its_author(crew: Crew) -> None:
    problem = bring_to(Status.APPROVED, crew)
    Image.objects.filter(panels__problem=problem).update(source="")
    with pytest.raises(InvalidContentError) as refused:
        statuses.release(problem, crew)
    assert f"“{problem.headline()}” by {crew.author.name}:" in str(refused.value)
