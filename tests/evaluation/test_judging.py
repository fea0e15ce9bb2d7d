"""Judging stored answers: each text once, read strictly, resumed at every verdict."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from aiohttp import web
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from curation.errors import InvalidContentError, WrongMomentError
from curation.models import Release
from evaluation.agreeing import judges_agreements
from evaluation.domain.protocol import PRESETS
from evaluation.judging import MAX_ATTEMPTS, judge_run, resumable_judging_ids, work_judging
from evaluation.leaderboard import leaderboard_rows
from evaluation.models import (
    EndpointKind,
    JudgedAnswer,
    Judging,
    JudgingStatus,
    ModelEndpoint,
    Prediction,
    Run,
    Score,
    Verdict,
)
from evaluation.progress import progress
from evaluation.tasks import resume_judgings
from tests.evaluation.cast import make_endpoint, make_run, measured
from tests.evaluation.clients.answering import answering, reply
from tests.factories import make_editor, make_release_of

pytestmark = pytest.mark.usefixtures("committed_db")

LONG_AGO = timedelta(hours=1)


class Judge:
    """A chat server that finds right what it was told to, and says else what it was told."""

    def __init__(self) -> None:
        self.base_url = ""
        self.asked: list[dict[str, Any]] = []
        self.says = {"Heart": "1"}
        self.status = 200

    async def handle(self, request: web.Request) -> web.Response:
        document = await request.json()
        self.asked.append(document)
        if self.status != 200:
            return web.Response(status=self.status)
        (part,) = document["messages"][1]["content"]
        response = part["text"].rsplit("The response:", 1)[1]
        said = next((said for word, said in self.says.items() if word in response), "0")
        return web.json_response(reply(content=said))

    def endpoint(self, name: str = "Judge", **facts: Any) -> ModelEndpoint:
        return make_endpoint(self.base_url, **{"name": name, "model": name, **facts})


@contextmanager
def judging_server() -> Iterator[Judge]:
    judge = Judge()
    with answering(judge.handle) as judge.base_url:
        yield judge


@pytest.fixture
def judge() -> Iterator[Judge]:
    with judging_server() as server:
        yield server


def answered(*answers: str, release: Release | None = None, name: str = "A model") -> Run:
    """A finished run whose model said so; an empty answer could not be read."""
    outcomes = ["wrong" if answer else "unparsable" for answer in answers]
    run = measured(release or make_release_of(len(answers)), *outcomes, name=name)
    for row, answer in zip(run.predictions.all(), answers, strict=True):
        Prediction.objects.filter(pk=row.pk).update(parsed=answer, completion=answer)
    return run


def judged(run: Run, endpoint: ModelEndpoint) -> Judging:
    """A judging at its end."""
    judging = judge_run(run, endpoint, by=endpoint.created_by)
    while work_judging(judging.pk):
        pass
    return Judging.objects.of_run(run).get(pk=judging.pk)


def scores_of(run: Run, scorer: str = "judge:Judge") -> list[float | None]:
    """One a prediction, in order; None where the judge gave none."""
    value_of = dict(Score.objects.filter(scorer=scorer).values_list("prediction", "value"))
    return [value_of.get(row.pk) for row in run.predictions.all()]


def test_a_judge_scores_beside_exact_match_and_is_named(judge: Judge, client: Client) -> None:
    run = answered("Heart", "Lung", "")
    judging = judged(run, judge.endpoint())
    assert (judging.status, judging.total, judging.given) == (JudgingStatus.FINISHED, 2, 2)
    assert scores_of(run) == [1, 0, 0]
    estimates = progress(run).estimates
    assert [(name, each.k, each.n) for name, each in estimates.items()] == [
        ("exact_match", 0, 3),
        ("judge:Judge", 1, 3),
    ]
    labels = {row.scorer_label for row in leaderboard_rows(run.release)}
    assert labels == {"exact match", "judge Judge"}
    assert [each["temperature"] for each in judge.asked] == [0.0, 0.0]
    client.force_login(make_editor())
    page = client.get(reverse("evaluation:run_detail", args=[run.pk])).content.decode()
    assert "Judge judged 2 answers" in page
    assert "Judge Judge" in page
    assert Verdict.objects.filter(served_model="m-1", reply="1").count() == 1


def test_the_same_text_is_judged_once_whoever_asks(judge: Judge) -> None:
    endpoint = judge.endpoint()
    release = make_release_of(3)  # which ask and answer the same
    first = answered("Heart", "Heart", "Lung", release=release)
    judged(first, endpoint)
    assert len(judge.asked) == 2
    second = answered("Lung", "Heart", "Cor", release=release, name="Another")
    judged(second, endpoint)
    assert len(judge.asked) == 3
    assert (scores_of(first), scores_of(second)) == ([1, 1, 0], [0, 1, 0])
    judged(first, endpoint)
    assert len(judge.asked) == 3
    judged(first, judge.endpoint("Other"))
    assert len(judge.asked) == 5


def test_a_reply_that_is_no_digit_is_no_verdict_and_kept(judge: Judge) -> None:
    judge.says = {"Heart": "1, because it is."}
    run = answered("Heart", "Lung")
    judging = judged(run, judge.endpoint())
    assert (judging.unparsable, scores_of(run)) == (1, [None, 0])
    assert Verdict.objects.filter(outcome="unparsable").get().reply == "1, because it is."
    assert progress(run).estimates["judge:Judge"].n == 1


def test_a_failed_call_is_no_verdict_and_is_asked_again(judge: Judge) -> None:
    run, endpoint = answered("Heart"), judge.endpoint()
    judge.status = 400
    assert (judged(run, endpoint).errors, scores_of(run)) == (1, [None])
    judge.status = 200
    assert (judged(run, endpoint).errors, scores_of(run)) == (0, [1])
    assert len(judge.asked) == 2


def test_a_judge_that_cannot_be_asked_stops_with_the_reason(judge: Judge) -> None:
    run, endpoint = answered("Heart", "Lung"), judge.endpoint(max_concurrency=1)
    judge.status = 401
    judging = judged(run, endpoint)
    assert (judging.status, len(judge.asked)) == (JudgingStatus.FAILED, 1)
    assert "does not accept the key" in judging.failure
    assert not Verdict.objects.exclude(attempts=0, lease_token=None).exists()
    assert resumable_judging_ids() == []
    judge.status = 200
    assert judged(run, endpoint).status == JudgingStatus.FINISHED


def test_what_a_living_worker_holds_is_left_alone_and_what_a_dead_one_held_taken_up(
    judge: Judge,
) -> None:
    run, endpoint = answered("Heart", "Lung"), judge.endpoint()
    judging = judge_run(run, endpoint, by=endpoint.created_by)
    held = Verdict.objects.filter(pk=Verdict.objects.earliest("pk").pk)
    now = timezone.now()
    held.update(lease_token=uuid.uuid4(), leased_until=now + LONG_AGO, attempts=1)
    assert work_judging(judging.pk) is False
    assert (len(judge.asked), resumable_judging_ids()) == (1, [])
    held.update(leased_until=now - LONG_AGO)
    assert resumable_judging_ids() == [judging.pk]
    held.update(attempts=MAX_ATTEMPTS)
    resume_judgings.apply()
    assert work_judging(judging.pk) is False
    assert "died" in held.get().error
    assert len(judge.asked) == 1
    assert judged(run, endpoint).errors == 0
    assert scores_of(run) == [1, 0]
    assert JudgedAnswer.objects.count() == 2


def test_judges_are_compared_by_kappa(judge: Judge, client: Client) -> None:
    run = answered("Heart", "Lung", "Heart", "Cor")
    judged(run, judge.endpoint())
    with judging_server() as other:
        other.says = {"Heart": "1", "Cor": "1"}
        judged(run, other.endpoint("Other"))
    (agreement,) = judges_agreements(run)
    assert (agreement.first, agreement.second) == ("judge Judge", "judge Other")
    # Of 4 they agree on 3; chance gives 1/2 * 3/4 + 1/2 * 1/4 = 1/2.
    assert agreement.kappa.value == pytest.approx(0.5)
    assert agreement.kappa.items == 4
    client.force_login(make_editor())
    page = client.get(reverse("evaluation:run_detail", args=[run.pk])).content.decode()
    assert "Judge Judge and judge Other agree: kappa 0.50" in page


def test_what_cannot_be_judged_is_refused_in_words(judge: Judge) -> None:
    endpoint = judge.endpoint()
    letters = measured(make_release_of(1), "ok", protocol=PRESETS["in_context_multiple_choice"])
    with pytest.raises(InvalidContentError, match="open form"):
        judge_run(letters, endpoint, by=endpoint.created_by)
    queued = make_run(make_release_of(1), ModelEndpoint.objects.get(name="A model"))
    with pytest.raises(WrongMomentError, match="still at work"):
        judge_run(queued, endpoint, by=endpoint.created_by)
    failed = measured(make_release_of(1), "error")
    with pytest.raises(WrongMomentError, match="no answers"):
        judge_run(failed, endpoint, by=endpoint.created_by)
    assert not Judging.objects.exists()
    baseline = make_endpoint(name="B", kind=EndpointKind.MAJORITY_EXAMPLE)
    with pytest.raises(InvalidContentError, match="cannot be asked"):
        judge_run(failed, baseline, by=endpoint.created_by)


def test_an_editor_starts_a_judge_on_the_page(judge: Judge, client: Client) -> None:
    run, endpoint = answered("Heart"), judge.endpoint()
    client.force_login(make_editor())
    page = reverse("evaluation:run_detail", args=[run.pk])
    address = reverse("evaluation:run_judge", args=[run.pk])
    assert "Judge this run" in client.get(page).content.decode()
    unknown = client.post(address, {"endpoint": "0"})
    assert unknown.status_code == 422
    assert "Select a valid choice" in unknown.content.decode()
    letters = measured(make_release_of(1), "ok", protocol=PRESETS["in_context_multiple_choice"])
    of_letters = reverse("evaluation:run_judge", args=[letters.pk])
    refused = client.post(of_letters, {"endpoint": endpoint.pk})
    assert refused.status_code == 422
    assert "Only answers in open form" in refused.content.decode()
    assert client.post(address, {"endpoint": endpoint.pk}).status_code == 302
    shown = client.get(page).content.decode()
    assert "is judging: 0 of 1 verdicts; no worker is running" in shown
    assert 'hx-trigger="every 1s"' in shown
    judging = Judging.objects.get()
    assert work_judging(judging.pk) is False
    assert 'hx-trigger="every 1s"' not in client.get(page).content.decode()


def test_the_command_judges_and_its_exit_status_tells(judge: Judge) -> None:
    run, endpoint = answered("Heart", "Lung"), judge.endpoint()
    how = {"endpoint": endpoint.name, "by": endpoint.created_by.email}
    said = StringIO()
    call_command("judge", run.pk, stdout=said, **how)
    assert "judge Judge: 1 of 2" in said.getvalue()
    Verdict.objects.update(outcome="error", value=None, attempts=F("attempts"))
    judge.says = {"": "Perhaps."}
    with pytest.raises(CommandError, match="0 calls failed, 2 replies were no verdict") as ending:
        call_command("judge", run.pk, stdout=StringIO(), **how)
    assert ending.value.returncode == 3
    with pytest.raises(CommandError, match="no run 99"):
        call_command("judge", 99, **how)
