"""Experts check a judge: what is drawn, what they are shown, and what their verdicts say."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from statsmodels.stats.inter_rater import cohens_kappa

from curation.domain.content import ProblemContent
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import HistoryEntry, User, What
from evaluation.expert_agreeing import checked_judges, findings_of
from evaluation.expert_checks import (
    can_give_verdict,
    discard_sample,
    draw_sample,
    give_verdict,
    open_answers,
)
from evaluation.models import (
    ExpertSaid,
    ExpertVerdict,
    JudgeSample,
    Prediction,
    Run,
    RunStatus,
    SampledAnswer,
    Score,
)
from tests.curation.held_out import make_kept, told
from tests.evaluation.cast import measured
from tests.evaluation.domain.builders import SMMILE
from tests.evaluation.test_importing import brought, make_smmile_release
from tests.factories import make_editor, make_person, make_release_of

pytestmark = pytest.mark.django_db

JUDGE = "judge:Lens"
MODEL = "Secretive-13b"
RIGHT, WRONG, UNSURE = ExpertSaid.RIGHT, ExpertSaid.WRONG, ExpertSaid.CANNOT_TELL


def _judged(count: int = 6) -> Run:
    """A finished run; the judge finds every second answer right, and could not read the last."""
    run = measured(make_release_of(count), *["wrong"] * count, name=MODEL)
    rows = list(run.predictions.order_by("pk"))
    for at, row in enumerate(rows):
        is_read = at < count - 1
        Prediction.objects.filter(pk=row.pk).update(parsed=f"Response {at}" if is_read else "")
        Score.objects.create(prediction=row, scorer=JUDGE, value=float(is_read and at % 2 == 0))
    return run


@pytest.fixture
def run() -> Run:
    return _judged()


def _expert() -> User:
    return make_person(is_reviewer=True)


def _sample(run: Run, size: int = 60, **how: Any) -> JudgeSample:
    return draw_sample(run, JUDGE, size, by=make_editor(), **how)


def _say_all(expert: User, says: Callable[[SampledAnswer], ExpertSaid]) -> None:
    for key in open_answers(expert):
        answer = SampledAnswer.objects.get(pk=key)
        give_verdict(answer, says(answer), reason="Unclear.", by=expert)


def _as_judge(answer: SampledAnswer) -> ExpertSaid:
    return RIGHT if answer.is_judged_right else WRONG


def test_a_sample_holds_what_the_judge_said_of_what_could_be_read(run: Run) -> None:
    sample = _sample(run, seed=5)
    answers = SampledAnswer.objects.of_sample(sample).with_parts()
    assert [answer.position for answer in answers] == [1, 2, 3, 4, 5]
    assert {each.prediction.parsed: each.is_judged_right for each in answers} == {
        f"Response {at}": at % 2 == 0 for at in range(5)
    }
    entry = HistoryEntry.objects.get(what=What.JUDGE_SAMPLED)
    assert entry.details == {"run": run.pk, "scorer": JUDGE, "size": 5, "seed": 5}


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"scorer": "exact_match"}, InvalidContentError, "Only a judge's verdicts"),
        ({"scorer": "judge:Nobody"}, InvalidContentError, "gave no verdict"),
        ({"size": 0}, InvalidContentError, "between 1 and 2,000"),
        ({"size": 2_001}, InvalidContentError, "between 1 and 2,000"),
        ({"experts_wanted": 0}, InvalidContentError, "Between 1 and 5 experts"),
    ],
)
def test_a_sample_that_cannot_be_is_refused_in_words(
    run: Run, changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    asked = {"scorer": JUDGE, "size": 3, **changes}
    with pytest.raises(error, match=words):
        draw_sample(run, asked.pop("scorer"), asked.pop("size"), by=make_editor(), **asked)
    assert not JudgeSample.objects.exists()


def test_no_sample_is_drawn_of_a_run_at_work_nor_twice(run: Run) -> None:
    run.status = RunStatus.RUNNING
    with pytest.raises(WrongMomentError, match="still at work"):
        _sample(run)
    run.status = RunStatus.FINISHED
    _sample(run)
    with pytest.raises(WrongMomentError, match="drawn already"):
        _sample(run)


def test_a_sample_is_discarded_until_somebody_checked_it(run: Run) -> None:
    discard_sample(_sample(run), by=make_editor())
    assert HistoryEntry.objects.filter(what=What.JUDGE_SAMPLE_DISCARDED).exists()
    again = _sample(run)
    expert = _expert()
    give_verdict(SampledAnswer.objects.earliest("pk"), RIGHT, by=expert)
    with pytest.raises(WrongMomentError, match="gave verdicts on this sample already"):
        discard_sample(again, by=make_editor())


def test_an_expert_gives_one_verdict_and_says_why_they_cannot_tell(run: Run) -> None:
    _sample(run)
    expert, answer = _expert(), SampledAnswer.objects.earliest("pk")
    with pytest.raises(InvalidContentError, match="Say why"):
        give_verdict(answer, UNSURE, reason="  ", by=expert)
    given = give_verdict(answer, UNSURE, reason=" Two lesions. ", by=expert)
    assert given.reason == "Two lesions."
    with pytest.raises(WrongMomentError, match="already"):
        give_verdict(answer, RIGHT, by=expert)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpertVerdict.objects.create(answer=answer, expert=_expert(), said=UNSURE)


def test_what_one_expert_began_comes_first_and_what_two_checked_waits_no_more(run: Run) -> None:
    _sample(run)
    first, second, third = (_expert() for _ in range(3))
    *_, begun = open_answers(first)
    give_verdict(SampledAnswer.objects.get(pk=begun), RIGHT, by=first)
    assert begun not in open_answers(first)
    assert open_answers(second)[0] == begun
    give_verdict(SampledAnswer.objects.get(pk=begun), WRONG, by=second)
    assert len(open_answers(third)) == 4
    assert begun not in open_answers(third)


def test_findings_are_counted_anew_with_each_verdict(run: Run) -> None:
    sample = _sample(run)
    assert findings_of(JudgeSample.objects.of_run(run).get()) is None
    _say_all(_expert(), _as_judge)
    found = findings_of(JudgeSample.objects.of_run(run).get())
    assert found is not None
    assert (found.checked, found.twice, found.n, found.agreement.value) == (5, 0, 6, 1)
    assert found.corrected.value == pytest.approx(3 / 6)
    _say_all(_expert(), lambda _: UNSURE)
    (checked,) = checked_judges(run)
    assert checked.findings is not None
    assert (checked.sample.given, checked.wanted) == (10, 10)
    assert (checked.findings.checked, checked.findings.verdicts) == (5, 5)
    with CaptureQueriesContext(connection) as asked:
        checked_judges(run)
    assert len(asked) == 2
    assert sample.pk == checked.sample.pk


# ---- pages ----


def _address(answer: SampledAnswer | int) -> str:
    key = answer if isinstance(answer, int) else answer.pk
    return reverse("evaluation:expert_verdict", args=[key])


def test_an_expert_s_page_knows_neither_model_nor_run_nor_verdict(client: Client) -> None:
    others = [_judged(2) for _ in range(3)]
    run = _judged()
    assert run.pk not in {other.release_id for other in others}
    sample = _sample(run)
    expert = _expert()
    client.force_login(expert)
    pages = {}
    for key in open_answers(expert):
        answer = SampledAnswer.objects.with_parts().get(pk=key)
        page = client.get(_address(answer)).content.decode()
        assert answer.prediction.parsed in page
        for secret in (
            MODEL,
            JUDGE,
            "Lens",
            str(run.protocol.label),
            f"/runs/{run.pk}",
            f"predictions/{answer.prediction_id}",
            f"/samples/{sample.pk}",
            run.release.version,
            run.protocol_sha256,
            answer.prediction.prompt_sha256,
            "judged",
        ):
            assert secret not in page, secret
        pages[answer.is_judged_right] = page.replace(answer.prediction.parsed, "").replace(
            _address(answer), ""
        )
    words = [set(page.split()) for page in pages.values()]
    assert not [word for word in words[0] ^ words[1] if "right" in word or "wrong" in word]


def test_an_expert_goes_from_one_response_to_the_next(client: Client, run: Run) -> None:
    _sample(run)
    expert = make_person(is_author=True)
    client.force_login(expert)
    start = client.get(reverse("evaluation:judge_check"))
    assert start.context["waiting"] == 5
    assert "Check the judge" in client.get(reverse("evaluation:run_list")).content.decode()
    assert "Check the judge" in client.get(reverse("evaluation:leaderboard")).content.decode()
    at = _address(start.context["next"])
    for left in range(4, -1, -1):
        answer = client.post(at, {"said": "right", "reason": ""})
        assert answer.status_code == 302
        assert len(open_answers(expert)) == left
        at = answer["Location"]
    assert at == reverse("evaluation:judge_check")
    page = client.get(at).content.decode()
    assert "Nothing waits for you" in page
    assert "You checked 5 so far" in page
    assert ExpertVerdict.objects.by(expert).count() == 5
    assert "Check the judge" not in client.get(reverse("evaluation:run_list")).content.decode()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Choose one."),
        ({"said": "perhaps"}, "perhaps is not one of the available choices"),
        ({"said": "cannot_tell"}, "Say why you cannot tell."),
        ({"said": "cannot_tell", "reason": "x" * 2_001}, "at most 2000 characters"),
    ],
)
def test_a_verdict_that_says_too_little_is_asked_for_again(
    client: Client, run: Run, form: dict[str, str], words: str
) -> None:
    _sample(run)
    client.force_login(_expert())
    answer = client.post(_address(SampledAnswer.objects.earliest("pk")), form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ExpertVerdict.objects.exists()


def test_a_verdict_given_twice_is_the_wrong_moment_and_the_page_says_what_was_said(
    client: Client, run: Run
) -> None:
    _sample(run)
    client.force_login(_expert())
    at = _address(SampledAnswer.objects.earliest("pk"))
    client.post(at, {"said": "wrong"})
    assert client.post(at, {"said": "right"}).status_code == 409
    page = client.get(at).content.decode()
    assert "You gave your verdict on this response: wrong" in page
    assert 'name="said"' not in page


def test_only_experts_check_and_only_what_they_may_know(client: Client) -> None:
    kept = make_kept()
    run = measured(kept.release, "right", name=MODEL)
    row = run.predictions.get()
    Prediction.objects.filter(pk=row.pk).update(parsed="Something")
    Score.objects.create(prediction=row, scorer=JUDGE, value=1.0)
    sample = _sample(run)
    answer = sample.answers.get()
    expected = {
        "reader": 403,
        "other author": 404,
        "reviewer": 404,
        "author": 200,
        "judge": 200,
        "editor": 200,
    }
    for who, person in {**kept.strangers, **kept.insiders}.items():
        client.force_login(person)
        page = client.get(_address(answer))
        assert page.status_code == expected[who], who
        posted = client.post(_address(answer), {"said": ""})
        assert posted.status_code == {200: 422}.get(expected[who], expected[who]), who
        assert (len(open_answers(person)) == 1) is can_give_verdict(person, answer)
        if expected[who] != 200:
            assert told(page.content.decode()) == []


def test_strangers_and_other_methods_are_refused(client: Client, run: Run) -> None:
    sample = _sample(run)
    discard = reverse("evaluation:judge_sample_discard", args=[run.pk, sample.pk])
    pages = [reverse("evaluation:judge_check"), _address(SampledAnswer.objects.earliest("pk"))]
    for address in (*pages, discard):
        assert client.post(address).status_code == 302
    client.force_login(make_editor())
    assert client.post(pages[0]).status_code == 405
    assert client.get(discard).status_code == 405
    assert client.delete(pages[1]).status_code == 405
    assert client.get(_address(0)).status_code == 404
    nowhere = reverse("evaluation:judge_sample_discard", args=[run.pk, 0])
    assert client.post(nowhere).status_code == 404
    client.force_login(_expert())
    assert client.post(discard).status_code == 403


def test_an_editor_draws_and_discards_a_sample(client: Client, run: Run) -> None:
    client.force_login(make_editor())
    address = reverse("evaluation:judge_sample_list", args=[run.pk])
    page = client.get(address).content.decode()
    assert "± " in page
    form = {"scorer": JUDGE, "size": 4, "experts_wanted": 1, "seed": 3, "is_once_a_problem": "on"}
    assert client.post(address, form).status_code == 302
    sample = JudgeSample.objects.get()
    assert (sample.experts_wanted, sample.answers.count()) == (1, 4)
    again = client.post(address, form)
    assert again.status_code == 422
    assert "drawn already" in again.content.decode()
    unknown = client.post(address, {**form, "scorer": "judge:Nobody"})
    assert unknown.status_code == 422
    discard = reverse("evaluation:judge_sample_discard", args=[run.pk, sample.pk])
    assert client.post(discard).status_code == 302
    assert not JudgeSample.objects.exists()


def test_a_run_without_a_judge_has_nothing_to_draw_from(client: Client) -> None:
    run = measured(make_release_of(1), "right")
    client.force_login(make_editor())
    address = reverse("evaluation:judge_sample_list", args=[run.pk])
    assert "No judge gave verdicts" in client.get(address).content.decode()


def test_what_experts_found_stands_beside_the_judged_number(client: Client, run: Run) -> None:
    address = reverse("evaluation:run_detail", args=[run.pk])
    client.force_login(make_editor())
    assert "No expert checked this judge" in client.get(address).content.decode()
    _sample(run)
    assert "none was checked yet" in client.get(address).content.decode()
    for _ in range(2):
        _say_all(_expert(), _as_judge)
    page = client.get(address).content.decode()
    assert "Experts and the judge agree: kappa 1.00" in page
    assert "5 answers checked; too few to say much" in page
    assert "Corrected by experts" in page
    assert "over 5 answers that two or more checked" in page


def test_of_published_verdicts_agreement_is_as_another_program_counts_it(
    smmile: dict[str, ProblemContent],
) -> None:
    release = make_smmile_release(smmile.values())
    stem = SMMILE / "published" / "result_llava_7b_ICL"
    files = (f"{stem}.csv", f"{stem}_evaluationllm.json")
    brought(*files, release=release.version, model="llava_7b")
    run = Run.objects.get()
    draw_sample(run, "judge", 2_000, by=make_editor())
    exact = dict(Score.objects.of_scorer(run, "exact_match").values_list("prediction", "value"))
    expert = _expert()
    _say_all(expert, lambda answer: RIGHT if exact[answer.prediction_id] else WRONG)
    (checked,) = checked_judges(run)
    found = checked.findings
    assert found is not None
    judged = dict(Score.objects.of_scorer(run, "judge").values_list("prediction", "value"))
    table = [[0, 0], [0, 0]]
    for key in SampledAnswer.objects.values_list("prediction", flat=True):
        table[int(judged[key])][int(exact[key])] += 1
    assert sum(map(sum, table)) == found.checked == checked.size
    assert found.kappa.value == pytest.approx(cohens_kappa(table).kappa)
    assert found.agreement.value == pytest.approx((table[0][0] + table[1][1]) / found.checked)
    # All was checked, so the corrected share is the share that these experts find right: 18 of 111.
    assert found.corrected.value == pytest.approx(18 / found.n)
