"""Where reviewers disagree: an editor decides, and nothing undoes a rejection quietly."""

import pytest
from django.test import Client
from django.urls import reverse

from curation import authoring, workflow
from curation.errors import WrongMomentError
from curation.models import Move, NoticeKind, Problem, Status, User, Verdict
from tests.curation import statuses
from tests.curation.statuses import Crew, bring_to, current, judge, make_crew

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Crew:
    return make_crew()


def _status(problem: Problem) -> str:
    return Problem.objects.get(pk=problem.pk).status


def _disputed(crew: Crew) -> Problem:
    problem = bring_to(Status.SUBMITTED, crew)
    statuses.dispute(problem, crew)
    problem.refresh_from_db()
    return problem


def _decide(
    client: Client, problem: Problem, move: str, comment: str = "I looked at it.", **sent: object
) -> int:
    address = reverse("curation:problem_decide", args=[problem.pk])
    form = {"move": move, "comment": comment, "revision": problem.current_revision_id, **sent}
    return client.post(address, form).status_code


def _page(client: Client, name: str, *args: object, **query: str) -> str:
    address = reverse(f"curation:{name}", args=args)
    return client.get(address, query).content.decode()


@pytest.mark.parametrize(
    ("move", "status"),
    [
        (Move.OVERRULE, Status.APPROVED),
        (Move.RETURN, Status.CHANGES_REQUESTED),
        (Move.REJECT, Status.REJECTED),
    ],
)
def test_an_editor_decides_what_is_disputed_and_signs_with_a_reason(
    move: str, status: Status, crew: Crew, client: Client
) -> None:
    problem = _disputed(crew)
    client.force_login(crew.editor)
    assert _decide(client, problem, move, " ") == 422
    assert _status(problem) == Status.SUBMITTED
    assert _decide(client, problem, move) == 302
    change = problem.status_changes.latest("pk")
    assert (change.new, change.changed_by) == (status, crew.editor)
    assert change.comment == "I looked at it."
    reviews = current(problem).reviews.order_by("pk").values_list("verdict", flat=True)
    assert list(reviews) == [Verdict.REJECT, Verdict.APPROVE, Verdict.APPROVE]
    page = _page(client, "problem_decide", problem.pk)
    assert "I looked at it." in page
    assert "The query shows another organ." in page


@pytest.mark.parametrize(
    ("move", "answer"),
    [("overrule", 409), ("approve", 422), ("publish", 422), ("submit", 422), ("nonsense", 422)],
)
def test_no_step_is_skipped_by_a_direct_request(
    move: str, answer: int, client: Client, crew: Crew
) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    client.force_login(crew.editor)
    assert _decide(client, problem, move) == answer
    assert _status(problem) == Status.SUBMITTED


def test_a_rejection_is_not_overruled_before_enough_others_approved(
    client: Client, crew: Crew
) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    judge(problem, crew.reviewers[0], Verdict.REJECT, "Not medicine.")
    judge(problem, crew.reviewers[1], Verdict.APPROVE)
    client.force_login(crew.editor)
    assert "Approve it over the rejection" not in _page(client, "problem_decide", problem.pk)
    assert _decide(client, problem, "overrule") == 409
    assert _status(problem) == Status.SUBMITTED


def test_a_decision_about_an_older_revision_is_the_wrong_moment(client: Client, crew: Crew) -> None:
    problem = _disputed(crew)
    seen = problem.current_revision_id
    workflow.withdraw(problem, by=crew.author)
    workflow.reopen(problem, by=crew.author)
    statuses.submit(problem, crew)
    client.force_login(crew.editor)
    assert _decide(client, problem, "reject", revision=seen) == 409
    assert _status(problem) == Status.SUBMITTED


@pytest.mark.parametrize("move", [Move.OVERRULE, Move.RETURN, Move.REJECT])
def test_an_editor_who_reviewed_it_does_not_decide(move: Move, client: Client, crew: Crew) -> None:
    problem = _disputed(crew)
    rejecting = crew.reviewers[2]
    User.objects.filter(pk=rejecting.pk).update(is_editor=True)
    client.force_login(rejecting)
    assert _decide(client, problem, move) == 403
    assert "another editor decides" in _page(client, "problem_decide", problem.pk)
    verb = {Move.OVERRULE: workflow.overrule, Move.RETURN: workflow.send_back}
    with pytest.raises(WrongMomentError, match="Ask another editor"):
        verb.get(move, workflow.reject)(problem, by=rejecting, comment="Mine.")
    assert _status(problem) == Status.SUBMITTED


def test_editors_find_disputes_at_home_and_in_the_collection_until_they_decide(
    client: Client, crew: Crew
) -> None:
    problem = _disputed(crew)
    other = bring_to(Status.SUBMITTED, crew)
    client.force_login(crew.editor)
    at_home = reverse("curation:problem_decide", args=[problem.pk])
    assert at_home in _page(client, "home")
    listed = _page(client, "collection", status="disputed")
    assert f"/{problem.pk}/" in listed
    assert f"/{other.pk}/" not in listed
    assert 'Disputes <span class="count">1</span>' in listed
    assert crew.editor.notices.filter(kind=NoticeKind.DISPUTE).count() == 1
    assert _decide(client, problem, Move.RETURN) == 302
    assert at_home not in _page(client, "home")
    assert f"/{problem.pk}/" not in _page(client, "collection", status="disputed")


def test_what_an_editor_returned_is_approved_by_new_approvals_alone(crew: Crew) -> None:
    problem = _disputed(crew)
    workflow.send_back(problem, by=crew.editor, comment="Say which side.")
    statuses.submit(problem, crew)
    statuses.approve_by_two(problem, crew)
    assert _status(problem) == Status.APPROVED


def test_approving_by_the_verb_does_not_pass_over_a_rejection(crew: Crew) -> None:
    problem = _disputed(crew)
    with pytest.raises(WrongMomentError, match="an editor decides"):
        workflow.approve(problem, by=crew.reviewers[0])


def test_without_a_rejection_there_is_nothing_to_overrule(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    with pytest.raises(WrongMomentError, match="No reviewer rejected it"):
        workflow.overrule(problem, by=crew.editor, comment="Now.")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status.WITHDRAWN, "Not yet."),
        (Status.REJECTED, "Not for us."),
        (Status.RETIRED, "Wrong side."),
    ],
)
def test_what_is_given_up_says_since_when_and_why_and_which_releases_have_it(
    status: Status, reason: str, client: Client, crew: Crew
) -> None:
    problem = bring_to(status, crew)
    client.force_login(crew.author)
    page = _page(client, "problem_overview", problem.pk)
    tombstone = page.partition('class="tombstone"')[2].partition("</section>")[0]
    assert reason in tombstone
    assert "<time" in tombstone
    assert ("/releases/1.0.0/" in tombstone) == (status == Status.RETIRED)
    assert problem.headline() in page


@pytest.mark.parametrize(
    "status", sorted(set(Status) - {Status.WITHDRAWN, Status.REJECTED, Status.RETIRED})
)
def test_what_stands_has_no_tombstone(status: Status, client: Client, crew: Crew) -> None:
    problem = bring_to(status, crew)
    client.force_login(crew.editor)
    assert "tombstone" not in _page(client, "problem_overview", problem.pk)


def test_withdrawing_and_submitting_again_does_not_undo_a_rejection(
    client: Client, crew: Crew
) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    judge(problem, crew.reviewers[0], Verdict.REJECT, "The query shows another organ.")
    problem.refresh_from_db()
    workflow.withdraw(problem, by=crew.author)
    workflow.reopen(problem, by=crew.author)
    statuses.submit(problem, crew)
    judge(problem, crew.reviewers[1], Verdict.APPROVE)
    judge(problem, crew.reviewers[2], Verdict.APPROVE)
    assert _status(problem) == Status.SUBMITTED
    client.force_login(crew.editor)
    for name in ("problem_overview", "problem_history"):
        page = client.get(reverse(f"curation:{name}", args=[problem.pk])).content.decode()
        assert "The query shows another organ." in page


def test_a_reviewer_reads_a_returned_problem_only_as_it_was_submitted(
    client: Client, crew: Crew
) -> None:
    problem = bring_to(Status.CHANGES_REQUESTED, crew)
    panel = problem.panels.in_order().last()
    assert panel is not None
    authoring.write_panel(
        panel,
        version=problem.version,
        question="UNSENT QUESTION",
        answer="UNSENT ANSWER",
        accepted_variants=[],
    )
    for person, is_shown in ((crew.reviewers[0], False), (crew.author, True), (crew.editor, True)):
        client.force_login(person)
        for name in ("problem_overview", "problem_history"):
            page = client.get(reverse(f"curation:{name}", args=[problem.pk])).content.decode()
            assert ("UNSENT" in page) == (is_shown and name == "problem_overview")


def test_a_reviewer_reads_no_verdict_on_a_revision_they_did_not_judge(
    client: Client, crew: Crew
) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    judge(problem, crew.reviewers[0], Verdict.APPROVE, "Well done.")
    overview = reverse("curation:problem_overview", args=[problem.pk])
    for reviewer, is_shown in zip(crew.reviewers[:2], (True, False), strict=True):
        client.force_login(reviewer)
        assert ("Well done." in client.get(overview).content.decode()) == is_shown


def test_a_reason_that_is_too_long_is_refused_and_nothing_is_moved(
    client: Client, crew: Crew
) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    client.force_login(crew.author)
    address = reverse("curation:problem_withdraw", args=[problem.pk])
    answer = client.post(address, {"comment": "x" * 4001})
    assert answer.status_code == 422
    assert "at most 4000" in answer.content.decode()
    assert _status(problem) == Status.SUBMITTED
    assert current(problem).number == 1


def test_the_author_reads_what_reviewers_ask_for_wherever_it_is_mended(
    client: Client, crew: Crew
) -> None:
    problem = bring_to(Status.CHANGES_REQUESTED, crew)
    panel = problem.panels.in_order().first()
    assert panel is not None
    client.force_login(crew.author)
    for name, arguments in (
        ("problem_overview", [problem.pk]),
        ("problem_edit", [problem.pk]),
        ("panel_edit", [problem.pk, panel.pk]),
    ):
        page = client.get(reverse(f"curation:{name}", args=arguments)).content.decode()
        assert "What the reviewers ask for" in page
        assert "Say which side." in page


def test_every_panel_leads_to_its_neighbors(client: Client, crew: Crew) -> None:
    problem = bring_to(Status.DRAFT, crew)
    panels = list(problem.panels.in_order())
    addresses = [reverse("curation:panel_edit", args=[problem.pk, p.pk]) for p in panels]
    ends = [
        reverse(f"curation:{n}", args=[problem.pk]) for n in ("problem_edit", "problem_overview")
    ]
    way = [ends[0], *addresses, ends[1]]
    client.force_login(crew.author)
    for before, here, after in zip(way, way[1:-1], way[2:], strict=False):
        page = client.get(here).content.decode()
        assert f'data-previous href="{before}"' in page
        assert f'data-next href="{after}"' in page
