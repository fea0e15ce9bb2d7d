"""The page on which an author tries a draft: who sees it, what it says, what it refuses."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from curation.models import AnswerSeen, Heartbeat, Panel, Problem, Review, Status, User, Verdict
from evaluation.domain.trial_arms import Arm
from evaluation.domain.trial_findings import CAVEAT
from evaluation.living import RUNNER
from evaluation.models import Trial, TrialAnswer, TrialStatus
from evaluation.trials import ask_trial
from tests.evaluation.cast import make_endpoint, make_open_endpoint
from tests.factories import make_editor, make_person, make_problem, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def problem() -> Problem:
    """A complete draft."""
    return make_problem()


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The trials for which a worker was woken; the queue itself is outside of these tests."""
    woken: list[int] = []
    monkeypatch.setattr("evaluation.tasks.work_trial.delay", woken.append)
    yield woken


def address(problem: Problem) -> str:
    return reverse("evaluation:problem_try", args=[problem.pk])


def page_of(client: Client, person: User, problem: Problem) -> Any:
    client.force_login(person)
    return client.get(address(problem))


def make_trial(
    problem: Problem, *outcomes: str, name: str = "A model", status: str = "finished", **facts: Any
) -> Trial:
    """A trial whose arms ended so, in order: "right" and "wrong" are ok and scored."""
    trial = ask_trial(problem, make_open_endpoint(name=name), by=problem.author)
    for arm, said in zip(Arm, outcomes, strict=False):
        is_scored = said in {"right", "wrong"}
        TrialAnswer.objects.create(
            trial=trial,
            arm=arm,
            outcome="ok" if is_scored else said,
            score=float(said == "right") if is_scored else None,
            **{"parsed": f"words of {arm}", "completion": f"all words of {arm}", **facts},
        )
    ends = timezone.now() if status in {"finished", "failed"} else None
    Trial.objects.filter(pk=trial.pk).update(status=status, finished_at=ends)
    trial.refresh_from_db()
    return trial


# --- who sees it --------------------------------------------------------------------------------


def test_the_author_and_editors_see_the_page(client: Client, problem: Problem) -> None:
    assert page_of(client, problem.author, problem).status_code == 200
    assert page_of(client, make_editor(), problem).status_code == 200
    assert client.head(address(problem)).status_code == 200


def test_strangers_are_sent_to_the_login(client: Client, problem: Problem) -> None:
    answer = client.get(address(problem))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("roles", [{}, {"is_author": True}, {"is_reviewer": True}])
def test_for_everybody_else_a_draft_is_not_there(
    client: Client, problem: Problem, roles: dict[str, Any]
) -> None:
    person = make_person(**roles)
    assert page_of(client, person, problem).status_code == 404
    assert client.post(address(problem)).status_code == 404


def test_a_reviewer_sees_it_only_once_they_know_the_answer(
    client: Client, problem: Problem
) -> None:
    make_trial(problem, "wrong", "wrong", "right", "right")
    submit(problem)
    reviewer, other = make_person(is_reviewer=True), make_person(is_reviewer=True)
    assert page_of(client, reviewer, problem).status_code == 404
    AnswerSeen.objects.note(problem, reviewer)
    seen = page_of(client, reviewer, problem)
    assert seen.status_code == 200
    assert "The examples made the difference" in seen.content.decode()
    assert "(4 questions)" not in seen.content.decode()
    assert page_of(client, other, problem).status_code == 404


def test_a_reviewer_is_not_shown_what_was_not_submitted(client: Client, problem: Problem) -> None:
    make_trial(problem, "right", "right", "right", "right")
    Panel.objects.filter(problem=problem, role="query").update(answer="The submitted answer")
    fresh = Problem.objects.with_panels().get(pk=problem.pk)
    revision = submit(fresh)
    reviewer = make_person(is_reviewer=True)
    Review.objects.create(
        revision=revision, reviewer=reviewer, verdict=Verdict.REQUEST_CHANGES, comment="Change it."
    )
    Problem.objects.filter(pk=problem.pk).update(status=Status.CHANGES_REQUESTED)
    Panel.objects.filter(problem=problem, role="query").update(answer="The answer being written")
    seen = page_of(client, reviewer, problem)
    assert (seen.context["current"], seen.context["earlier"]) == ([], [])
    assert "The submitted answer" in seen.content.decode()
    assert "being written" not in seen.content.decode()
    overseer = page_of(client, make_editor(), problem)
    assert "being written" in overseer.content.decode()
    assert len(overseer.context["earlier"]) == 1


def test_the_page_tells_apart_what_counts_as_right_and_what_is_never_sent(
    client: Client, problem: Problem
) -> None:
    make_trial(problem, "wrong", "wrong", "wrong", "wrong")
    example = problem.panels.in_order()[0]
    Panel.objects.filter(pk=example.pk).update(answer="Left", accepted_variants=["On the left"])
    Panel.objects.filter(problem=problem, role="query").update(accepted_variants=["On the right"])
    page = page_of(client, problem.author, problem).content.decode()
    assert "Also right: On the right" in page
    assert "Also right, not sent: On the left" in page


def test_more_that_is_right_in_an_example_leaves_the_answers_where_they_are(
    client: Client, problem: Problem
) -> None:
    trial = make_trial(problem, "wrong", "wrong", "right", "right")
    Panel.objects.filter(pk=problem.panels.in_order()[0].pk).update(accepted_variants=["Other"])
    seen = page_of(client, problem.author, problem)
    assert [shown.trial for shown in seen.context["current"]] == [trial]


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client: Client, problem: Problem, method: str) -> None:
    client.force_login(problem.author)
    assert getattr(client, method)(address(problem)).status_code == 405


def test_an_editor_who_did_not_write_it_may_not_ask(
    client: Client, problem: Problem, rung: list[int]
) -> None:
    client.force_login(make_editor())
    form = {"endpoint": make_open_endpoint().pk}
    assert client.post(address(problem), form).status_code == 403
    assert not rung


# --- asking -------------------------------------------------------------------------------------


def test_asking_queues_a_trial_and_wakes_a_worker_after_the_commit(
    client: Client, problem: Problem, rung: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    client.force_login(problem.author)
    form = {"endpoint": make_open_endpoint().pk}
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(address(problem), form)
    trial = Trial.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, address(problem))
    assert (trial.status, trial.asked_by) == (TrialStatus.QUEUED, problem.author)
    assert rung == [trial.pk]


def test_the_same_is_shown_instead_of_asked_until_that_is_wanted(
    client: Client, problem: Problem, rung: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    trial = make_trial(problem, "wrong", "wrong", "right", "right")
    client.force_login(problem.author)
    form = {"endpoint": trial.endpoint.pk}
    answer = client.post(address(problem), form)
    assert answer["Location"] == address(problem)
    (said,) = (str(message) for message in get_messages(answer.wsgi_request))
    assert "asked this wording already" in said
    assert Trial.objects.count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address(problem), form | {"is_again": "on"})
    assert Trial.objects.count() == 2
    assert len(rung) == 1


def test_a_model_that_is_not_open_cannot_be_chosen(client: Client, problem: Problem) -> None:
    client.force_login(problem.author)
    answer = client.post(address(problem), {"endpoint": make_endpoint(name="Closed").pk})
    assert answer.status_code == 422
    assert "Closed" not in answer.content.decode()
    make_open_endpoint()
    answer = client.post(address(problem), {"endpoint": "x"})
    assert "no longer open to authors" in answer.content.decode()
    assert not Trial.objects.exists()


def test_an_unfinished_draft_says_what_it_needs_and_is_not_asked(
    client: Client, problem: Problem
) -> None:
    endpoint = make_open_endpoint()
    problem.panels.filter(role="query").update(answer="")
    page = page_of(client, problem.author, problem).content.decode()
    assert "The query needs an answer." in page
    assert "(4 questions)" not in page
    answer = client.post(address(problem), {"endpoint": endpoint.pk})
    assert answer.status_code == 422
    assert "The query needs an answer." in answer.content.decode()


def test_a_spent_day_is_said_before_and_after_the_button(
    client: Client, problem: Problem, settings: Settings
) -> None:
    settings.TRIALS_PER_DAY = 1
    endpoint = make_open_endpoint()
    assert (
        "You can ask 1 more time today" in page_of(client, problem.author, problem).content.decode()
    )
    make_trial(problem, "wrong", "wrong", "wrong", "wrong", name="Another")
    page = client.get(address(problem)).content.decode()
    assert "as often as a day allows" in page
    assert "data-submit disabled" in page
    answer = client.post(address(problem), {"endpoint": endpoint.pk})
    assert answer.status_code == 409
    assert "after midnight UTC" in answer.content.decode()


def test_a_submitted_problem_keeps_its_answers_and_takes_no_more(
    client: Client, problem: Problem
) -> None:
    trial = make_trial(problem, "wrong", "wrong", "right", "right")
    submit(problem)
    page = page_of(client, problem.author, problem).content.decode()
    assert "only a draft is tried" in page
    assert "The examples made the difference" in page
    answer = client.post(address(problem), {"endpoint": trial.endpoint.pk, "is_again": "on"})
    assert answer.status_code == 409


def test_without_an_open_model_the_page_says_who_opens_one(
    client: Client, problem: Problem
) -> None:
    make_endpoint()
    page = page_of(client, problem.author, problem).content.decode()
    assert "No model is open to authors yet" in page


def test_one_model_needs_no_choice_and_several_do(client: Client, problem: Problem) -> None:
    make_open_endpoint(name="First")
    one = page_of(client, problem.author, problem).content.decode()
    assert 'type="radio"' not in one
    assert "Ask the model (4 questions)" in one
    make_open_endpoint(name="Second")
    two = page_of(client, problem.author, problem).content.decode()
    assert two.count('type="radio"') == 2
    assert two.count("checked") == 1


# --- what it shows ------------------------------------------------------------------------------


class _Words(HTMLParser):
    """The headings of the arms, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tag, self.headings = "", list[str]()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tag = tag

    def handle_data(self, data: str) -> None:
        if self.tag == "h4" and data.strip():
            self.headings.append(data.strip())


def test_the_four_answers_stand_in_order_below_the_finding(
    client: Client, problem: Problem
) -> None:
    make_trial(problem, "wrong", "refused", "right", "error", error="The server answered 500")
    page = page_of(client, problem.author, problem).content.decode()
    words = _Words()
    words.feed(page)
    assert words.headings == ["The examples made the difference", *(arm.label for arm in Arm)]
    for word in ("Right", "Wrong", "Refused", "Could not be asked", "The server answered 500"):
        assert word in page
    assert CAVEAT in page
    assert "hx-trigger" not in page


def test_an_unfinished_trial_is_watched_until_its_end(client: Client, problem: Problem) -> None:
    trial = make_trial(problem, "wrong", status="queued")
    page = page_of(client, problem.author, problem).content.decode()
    assert "1 of 4" in page
    assert 'hx-trigger="every 1s"' in page
    assert f'hx-get="{address(problem)}"' in page
    assert page.count("Waiting") == 3
    part = client.get(address(problem), headers={"HX-Request": "true"}).content.decode()
    assert 'id="trials"' in part
    assert "<html" not in part
    Trial.objects.filter(pk=trial.pk).update(
        status="failed", failure="It broke.", finished_at=timezone.now()
    )
    ended = client.get(address(problem), headers={"HX-Request": "true"}).content.decode()
    assert "It broke." in ended
    assert "hx-trigger" not in ended
    assert ended.count("Not asked") == 3


def test_the_page_says_that_no_worker_is_alive(client: Client, problem: Problem) -> None:
    make_trial(problem, status="queued")
    assert "No worker is running" in page_of(client, problem.author, problem).content.decode()
    Heartbeat.objects.create(name=RUNNER, beat_at=timezone.now())
    assert "No worker is running" not in client.get(address(problem)).content.decode()


def test_what_was_asked_of_an_earlier_wording_is_marked(client: Client, problem: Problem) -> None:
    earlier = make_trial(problem, "wrong", "wrong", "right", "right")
    assert "Earlier wording" not in page_of(client, problem.author, problem).content.decode()
    Panel.objects.filter(problem=problem, role="query").update(question="And now?")
    page = client.get(address(problem))
    assert [shown.trial for shown in page.context["earlier"]] == [earlier]
    assert page.context["current"] == []
    assert "Earlier wording" in page.content.decode()


def test_what_a_model_writes_is_shown_as_text(client: Client, problem: Problem) -> None:
    hostile = "<script>alert(1)</script>"
    make_trial(problem, "wrong", "wrong", "wrong", "wrong", completion=hostile, parsed=hostile)
    page = page_of(client, problem.author, problem).content.decode()
    assert hostile not in page
    assert "&lt;script&gt;" in page


def test_many_trials_ask_the_database_as_often_as_one(client: Client, problem: Problem) -> None:
    make_open_endpoint(name="Another")  # a choice of models costs a query
    client.force_login(problem.author)
    counts = []
    for number in range(1, 5):
        make_trial(problem, "wrong", "wrong", "right", "right", name=f"Model {number}")
        with CaptureQueriesContext(connection) as asked:
            client.get(address(problem))
        counts.append(len(asked))
    assert len(set(counts)) == 1


def test_the_endpoint_form_opens_a_model_to_authors(client: Client) -> None:
    endpoint = make_endpoint()
    client.force_login(make_editor())
    form = {
        "name": endpoint.name,
        "kind": endpoint.kind,
        "base_url": endpoint.base_url,
        "model": endpoint.model,
        "max_concurrency": 4,
        "timeout_seconds": 10,
        "is_active": "on",
    }
    edit = reverse("evaluation:endpoint_edit", args=[endpoint.pk])
    assert client.post(edit, form | {"is_open_to_authors": "on"}).status_code == 302
    endpoint.refresh_from_db()
    assert endpoint.is_open_to_authors
    assert "open to authors" in client.get(reverse("evaluation:endpoint_list")).content.decode()
    client.post(edit, form)
    endpoint.refresh_from_db()
    assert not endpoint.is_open_to_authors
