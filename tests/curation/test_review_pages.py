"""The page of a review: its steps, what is typed and never lost, who is named to whom."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from curation import blind, workflow
from curation.blind import Skipped
from curation.domain.checklist import ITEMS
from curation.models import (
    AnswerFormat,
    BlindAnswer,
    Problem,
    Review,
    Revision,
    Stage,
    StageShown,
    Status,
    User,
    Verdict,
)
from tests.curation.statuses import Crew, bring_to, current, make_crew, review_form, submit
from tests.curation.telling import EXAMPLES, QUESTION, SAID, TRUTH, make_telling

pytestmark = pytest.mark.django_db

ALONE, IN_CONTEXT = Stage.ZERO_SHOT, Stage.IN_CONTEXT


@pytest.fixture
def crew() -> Crew:
    return make_crew()


@pytest.fixture
def revision(crew: Crew) -> Revision:
    return current(bring_to(Status.SUBMITTED, crew))


def _page(revision: Revision) -> str:
    return reverse("curation:review_detail", args=[revision.pk])


def _send(client: Client, name: str, revision: Revision, stage: Stage = ALONE, **data: Any) -> Any:
    """What the form of a step sends, once the page was opened."""
    client.get(_page(revision))
    return _post(client, name, revision, stage, **data)


def _post(client: Client, name: str, revision: Revision, stage: Stage = ALONE, **data: Any) -> Any:
    return client.post(reverse(f"curation:{name}", args=[revision.pk, stage.value]), data)


def _skip_both(revision: Revision, by: User) -> None:
    why = Skipped(reason="I know it.", seconds=1)
    blind.skip_blind(revision, ALONE, why, by=by, is_rest_too=True)


def test_a_review_goes_from_the_query_to_the_truth(client: Client) -> None:
    telling = make_telling()
    page = _page(telling.revision)
    client.force_login(telling.reviewer)

    alone = client.get(page).text
    assert QUESTION in alone
    assert 'alt="The image of the query"' in alone
    assert alone.count('<li class="turn ') == 1

    answer = _send(client, "blind_answer", telling.revision, answer=f"{EXAMPLES[0]} ", confidence=2)
    assert (answer.status_code, answer["Location"]) == (302, page)
    with_examples = client.get(page).text
    assert all(word in with_examples for word in EXAMPLES)
    assert 'alt="The image of the query"' in with_examples

    answer = _send(
        client, "blind_answer", telling.revision, IN_CONTEXT, answer=TRUTH[1], confidence=5
    )
    truth = client.get(page).text
    assert all(word in truth for word in (*TRUTH, *EXAMPLES, SAID[0]))
    assert "You, the query alone" in truth
    assert "You, the examples and the query" in truth
    kept = BlindAnswer.objects.by(telling.reviewer).of(telling.revision)
    assert [(one.answer, one.confidence, one.is_right) for one in kept] == [
        (EXAMPLES[0], 2, False),
        (TRUTH[1], 5, True),
    ]


def _later(seconds: int) -> None:
    """As if all that was shown so far had been shown so much earlier."""
    StageShown.objects.update(shown_at=F("shown_at") - timedelta(seconds=seconds))


def test_the_time_runs_from_when_a_step_was_first_shown(crew: Crew, revision: Revision) -> None:
    at_work, at_home = Client(), Client()
    for machine in (at_work, at_home):
        machine.force_login(crew.reviewers[0])
    at_work.get(_page(revision))
    _later(40)
    at_work.get(_page(revision))
    _later(20)
    assert _send(at_home, "blind_answer", revision, answer="A").status_code == 422
    _later(15)
    _send(at_home, "blind_answer", revision, answer="A", confidence=1)
    assert 75 <= BlindAnswer.objects.get(stage=ALONE).seconds < 120
    at_home.get(_page(revision))
    _later(20 * 3600)
    _send(at_work, "blind_answer", revision, IN_CONTEXT, answer="A", confidence=1)
    assert 0 <= BlindAnswer.objects.get(stage=IN_CONTEXT).seconds - 20 * 3600 < 60


def test_each_reviewer_has_a_time_of_their_own(
    client: Client, crew: Crew, revision: Revision
) -> None:
    first, second, third = crew.reviewers
    for reviewer in (first, second):
        client.force_login(reviewer)
        client.get(_page(revision))
        _later(60)
    took = [blind.seconds_since_shown(revision, ALONE, each) or 0 for each in (first, second)]
    assert took[0] >= 120 > took[1] >= 60
    assert blind.seconds_since_shown(revision, ALONE, third) is None


def test_asking_for_the_head_of_the_page_shows_nothing(
    client: Client, crew: Crew, revision: Revision
) -> None:
    client.force_login(crew.reviewers[0])
    client.head(_page(revision))
    assert not StageShown.objects.exists()


@pytest.mark.parametrize(("name", "field"), [("blind_answer", "answer"), ("blind_skip", "reason")])
def test_a_step_that_was_never_shown_is_shown_first_and_the_words_stay(
    name: str, field: str, client: Client, crew: Crew, revision: Revision
) -> None:
    client.force_login(crew.reviewers[0])
    typed: dict[str, Any] = {field: "A rare word", "confidence": 1}
    answer = _post(client, name, revision, **typed)
    assert answer.status_code == 409
    assert "A rare word" in answer.text
    assert not BlindAnswer.objects.exists()
    assert _post(client, name, revision, **typed)["Location"] == _page(revision)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"answer": "A rare word"}, "Say how sure you are"),
        ({"answer": "A rare word", "confidence": 6}, "Select a valid choice"),
        ({"answer": " ", "confidence": 1}, "Write your answer, or skip this step"),
        ({"answer": "A rare word" * 400, "confidence": 1}, "at most 4000 characters"),
    ],
)
def test_an_answer_that_lacks_something_comes_back_whole(
    data: dict[str, Any], said: str, client: Client
) -> None:
    telling = make_telling()
    client.force_login(telling.reviewer)
    answer = _send(client, "blind_answer", telling.revision, **data)
    assert answer.status_code == 422
    assert said in answer.text
    assert str(data["answer"]) in answer.text
    assert not any(word in answer.text for word in (*TRUTH, *EXAMPLES, *SAID))
    assert not BlindAnswer.objects.exists()


def test_skipping_wants_a_reason(client: Client, crew: Crew, revision: Revision) -> None:
    client.force_login(crew.reviewers[0])
    answer = _send(client, "blind_skip", revision, reason=" ")
    assert (answer.status_code, BlindAnswer.objects.exists()) == (422, False)
    assert "Say why you skip it" in answer.text
    assert _send(client, "blind_skip", revision, reason="No field of mine").status_code == 302
    assert blind.stages_left(crew.reviewers[0], revision) == (IN_CONTEXT,)


def test_one_press_skips_both_steps(client: Client, crew: Crew, revision: Revision) -> None:
    client.force_login(crew.reviewers[0])
    _send(client, "blind_skip", revision, reason="I wrote the book.", rest="1")
    assert "Skipped: I wrote the book." in client.get(_page(revision)).text


@pytest.mark.parametrize(("name", "field"), [("blind_answer", "answer"), ("blind_skip", "reason")])
def test_what_was_typed_for_a_step_that_is_done_is_given_back(
    name: str, field: str, client: Client, crew: Crew, revision: Revision
) -> None:
    client.force_login(crew.reviewers[0])
    _send(client, "blind_skip", revision, reason="Mine.")
    typed: dict[str, Any] = {field: "Typed in another window"}
    again = _send(client, name, revision, confidence=1, **typed)
    assert again.status_code == 409
    assert "Typed in another window" in again.text
    assert BlindAnswer.objects.count() == 1


@pytest.mark.parametrize(("name", "field"), [("blind_answer", "answer"), ("blind_skip", "reason")])
def test_what_was_typed_while_the_problem_was_returned_is_given_back(
    name: str, field: str, client: Client, crew: Crew, revision: Revision
) -> None:
    workflow.request_changes(revision.problem, by=crew.editor, comment="Which side?")
    client.force_login(crew.reviewers[0])
    typed: dict[str, Any] = {field: "Typed meanwhile"}
    answer = _send(client, name, revision, confidence=1, **typed)
    assert answer.status_code == 409
    assert "Typed meanwhile" in answer.text
    assert "takes no verdicts any more" in answer.text


def test_a_step_of_no_name_is_absent(client: Client, crew: Crew, revision: Revision) -> None:
    client.force_login(crew.reviewers[0])
    for name in ("blind_answer", "blind_skip"):
        address = reverse(f"curation:{name}", args=[revision.pk, "five_shots"])
        assert client.post(address).status_code == 404


def test_a_problem_of_choosing_offers_the_answers_of_its_examples(
    client: Client, crew: Crew
) -> None:
    problem = bring_to(Status.DRAFT, crew)
    Problem.objects.filter(pk=problem.pk).update(answer_format=AnswerFormat.MULTIPLE_CHOICE)
    revision = submit(problem, crew)
    client.force_login(crew.reviewers[0])
    assert 'name="option"' not in client.get(_page(revision)).text
    _send(client, "blind_skip", revision, reason="Mine.")
    offered = client.get(_page(revision)).context["form"]["option"]
    first = revision.content().examples[0].answer
    assert first in [radio.choice_label for radio in offered]
    both = {"option": first, "answer": "Something else", "confidence": 4}
    refused = _send(client, "blind_answer", revision, IN_CONTEXT, **both)
    assert (refused.status_code, "not both" in refused.text) == (422, True)
    _send(client, "blind_answer", revision, IN_CONTEXT, option=first, confidence=4)
    assert BlindAnswer.objects.given().get().answer == first


def test_a_verdict_before_the_answers_is_refused(
    client: Client, crew: Crew, revision: Revision
) -> None:
    client.force_login(crew.reviewers[0])
    answer = client.post(_page(revision), {"verdict": "approve", "comment": "Fine as it is"})
    assert answer.status_code == 409
    assert "Answer it blind first" in answer.text
    assert "Fine as it is" in answer.text
    assert not Review.objects.exists()


def test_a_verdict_keeps_the_checklist_and_the_annotations(
    client: Client, crew: Crew, revision: Revision
) -> None:
    _skip_both(revision, crew.reviewers[0])
    client.force_login(crew.reviewers[0])
    sent = review_form(revision, Verdict.APPROVE) | {"annotation-rarity": "rare"}
    answer = client.post(_page(revision), sent)
    assert (answer.status_code, answer["Location"]) == (302, reverse("curation:review_queue"))
    review = Review.objects.get()
    assert review.checklist == dict.fromkeys(ITEMS, True)
    assert review.annotations["rarity"] == "rare"
    assert review.annotations["image_type"] == revision.problem.image_type
    page = client.get(_page(revision)).text
    assert "You said: Approve." in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"verdict": "request_changes"}, "Say what should change"),
        ({"verdict": "perhaps", "comment": "A long remark"}, "Select a valid choice"),
        ({"annotation-rarity": "often", "comment": "A long remark"}, "Select a valid choice"),
    ],
)
def test_a_verdict_that_lacks_something_comes_back_whole(
    changes: dict[str, str], said: str, client: Client, crew: Crew, revision: Revision
) -> None:
    _skip_both(revision, crew.reviewers[0])
    client.force_login(crew.reviewers[0])
    sent = review_form(revision, Verdict.APPROVE) | {"checklist-no_shortcut": "no", **changes}
    answer = client.post(_page(revision), sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert sent["comment"] in answer.text
    assert answer.context["forms"].checklist["no_shortcut"].value() == "no"
    assert not Review.objects.exists()


def test_a_verdict_that_comes_too_late_stays_on_the_page(
    client: Client, crew: Crew, revision: Revision
) -> None:
    _skip_both(revision, crew.reviewers[0])
    workflow.withdraw(revision.problem, by=crew.author)
    workflow.reopen(Problem.objects.get(pk=revision.problem_id), by=crew.author)
    submit(Problem.objects.get(pk=revision.problem_id), crew)
    client.force_login(crew.reviewers[0])
    answer = client.post(_page(revision), review_form(revision, Verdict.APPROVE, "A long remark"))
    assert answer.status_code == 409
    assert "A long remark" in answer.text
    assert "with a newer revision" in answer.text
