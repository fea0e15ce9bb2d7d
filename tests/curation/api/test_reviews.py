"""Verdicts and comments by the API: what one may read, and nothing before one's own answer."""

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from curation import blind
from curation.blind import Given
from curation.commenting import write_comment
from curation.domain.anchors import Anchor
from curation.models import Stage, Status, Verdict
from tests.curation.programs import Program, walk
from tests.curation.statuses import Crew, bring_to, current, judge, make_crew

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Crew:
    return make_crew()


def test_a_blind_reviewer_gets_the_query_then_the_examples_then_the_truth(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    person = crew.reviewers[0]
    reviewer, revision = Program(person), current(problem)
    for stage, panels in ((Stage.ZERO_SHOT, 1), (Stage.IN_CONTEXT, 4)):
        for path in (f"/problems/{problem.pk}", f"/revisions/{revision.pk}"):
            said = reviewer.get(path).json()
            assert (said["is_blind"], said["stage"], said["annotations"]) == (True, stage, None)
            assert len(said["panels"]) == panels
            query = said["panels"][-1]
            assert query["answer"] is query["accepted_variants"] is None
            assert query["image"]["alt_text"] is query["image"]["source"] is None
            assert revision.sha256 not in reviewer.get(path).content.decode()
        for path in ("reviews", "comments"):
            refused = reviewer.get(f"/problems/{problem.pk}/{path}")
            assert (refused.status_code, refused.json()["code"]) == (409, "answer_blind_first")
        given = Given(answer="A disc", confidence=3, seconds=9)
        blind.answer_blind(revision, stage, given, by=person)
    said = reviewer.get(f"/revisions/{revision.pk}").json()
    assert (said["is_blind"], said["sha256"]) == (False, revision.sha256)
    assert said["panels"][-1]["answer"] == revision.content().query.answer
    assert walk(reviewer, f"/problems/{problem.pk}/revisions")[0]["sha256"] == revision.sha256


def test_the_list_of_revisions_keeps_the_hash_from_a_blind_reviewer(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    (row,) = walk(Program(crew.reviewers[0]), f"/problems/{problem.pk}/revisions")
    assert (row["number"], row["sha256"]) == (1, None)


def test_verdicts_are_read_by_author_and_editor_and_after_one_s_own(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    judge(problem, crew.reviewers[0], Verdict.APPROVE, "Fine.")
    write_comment(current(problem), by=crew.editor, anchor=Anchor(0, "question"), text="So?")
    path = f"/problems/{problem.pk}"
    for person in (crew.author, crew.editor, crew.reviewers[0]):
        (review,) = walk(Program(person), f"{path}/reviews")
        assert (review["verdict"], review["comment"]) == ("approve", "Fine.")
        assert review["reviewer"] == str(crew.reviewers[0])
        assert [one["text"] for one in walk(Program(person), f"{path}/comments")] == ["So?"]
    for stage in Stage:
        given = Given(answer="A disc", confidence=3, seconds=9)
        blind.answer_blind(current(problem), stage, given, by=crew.reviewers[1])
    assert walk(Program(crew.reviewers[1]), f"{path}/reviews") == []
    assert walk(Program(crew.reviewers[1]), f"{path}/comments") == []


def test_names_are_kept_from_an_author_where_pages_keep_them(
    crew: Crew, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.HIDE_REVIEWERS = True
    problem = bring_to(Status.APPROVED, crew)
    author = Program(crew.author)
    rows = walk(author, f"/problems/{problem.pk}/reviews")
    assert [row["reviewer"] for row in rows] == ["Reviewer 1", "Reviewer 2"]
    revision = current(problem)
    assert revision.reviews.count() == 2
    with django_assert_num_queries(5):  # token, problem, panels, reviews, the order of reviewers
        author.get(f"/problems/{problem.pk}/reviews")


def test_a_token_for_problems_reads_no_verdicts(crew: Crew) -> None:
    problem = bring_to(Status.APPROVED, crew)
    program = Program(crew.author, ["problems:read"])
    assert program.get(f"/problems/{problem.pk}").status_code == 200
    refused = program.get(f"/problems/{problem.pk}/reviews")
    assert (refused.status_code, refused.json()["scope"]) == (403, "reviews:read")
    assert 'scope="reviews:read"' in refused["WWW-Authenticate"]
