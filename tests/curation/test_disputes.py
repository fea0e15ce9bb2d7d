"""Where reviewers disagree: an editor decides, and nothing undoes a rejection quietly."""

import pytest
from django.test import Client
from django.urls import reverse

from curation import authoring, workflow
from curation.models import Problem, Status, Verdict
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
    judge(problem, crew.reviewers[0], Verdict.REJECT, "Not medicine.")
    judge(problem, crew.reviewers[1], Verdict.APPROVE)
    judge(problem, crew.reviewers[2], Verdict.APPROVE)
    problem.refresh_from_db()
    return problem


@pytest.mark.parametrize(
    ("move", "status"),
    [
        ("approve", Status.APPROVED),
        ("request_changes", Status.CHANGES_REQUESTED),
        ("reject", Status.REJECTED),
    ],
)
def test_an_editor_decides_what_is_disputed_and_signs_with_a_reason(
    move: str, status: Status, crew: Crew, client: Client
) -> None:
    problem = _disputed(crew)
    client.force_login(crew.editor)
    address = reverse("curation:problem_decide", args=[problem.pk, move])
    client.post(address, {"comment": " "})
    assert _status(problem) == Status.SUBMITTED
    client.post(address, {"comment": "I looked at it."})
    change = problem.status_changes.latest("pk")
    assert (change.new, change.changed_by) == (status, crew.editor)
    assert change.comment == "I looked at it."


@pytest.mark.parametrize(
    ("move", "answer"), [("approve", 409), ("publish", 404), ("submit", 404), ("nonsense", 404)]
)
def test_no_step_is_skipped_by_a_direct_request(
    move: str, answer: int, client: Client, crew: Crew
) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    client.force_login(crew.editor)
    address = reverse("curation:problem_decide", args=[problem.pk, move])
    assert client.post(address, {"comment": "Now."}).status_code == answer
    assert _status(problem) == Status.SUBMITTED


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
