"""The coverage as editors see it, and the collection that its numbers lead to."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from curation.coverage import MOST_COUNTED_AT_ONCE, keep_coverage
from curation.models import (
    Difficulty,
    Heartbeat,
    ImageType,
    Problem,
    Specialty,
    Stage,
    Status,
    User,
    Verdict,
)
from curation.models.heartbeat import WORKER
from curation.views.coverage import PARTS
from curation.views.coverage_table import coverage_table
from tests.curation.cast import Cast
from tests.curation.judgments import answer, judge
from tests.factories import make_approved, make_person, make_problem, submit

pytestmark = pytest.mark.django_db

each_part = pytest.mark.parametrize("part", PARTS)


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(Cast().editor)
    return client


def page(client: Client, **asked: str) -> str:
    answered = client.get(reverse("curation:coverage"), asked)
    assert answered.status_code == 200
    return unescape(" ".join(answered.content.decode().split()))


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def describe(problem: Problem, **annotations: str) -> None:
    Problem.objects.filter(pk=problem.pk).update(**annotations)


def many(count: int) -> None:
    author = make_person(is_author=True)
    radiology = Specialty.objects.get(pk="radiology")
    kind = {"image_type": ImageType.CT, "difficulty": Difficulty.HARD, "specialty": radiology}
    Problem.objects.bulk_create(Problem(author=author, **kind) for _ in range(count))


@each_part
def test_every_part_says_what_will_be_there_while_there_is_nothing(
    editor: Client, part: str
) -> None:
    assert re.search("will stand here|Nobody has", page(editor, show=part))


def test_ready_and_begun_problems_stand_apart_and_gaps_are_said_in_words(editor: Client) -> None:
    author = make_person(is_author=True)
    make_approved(make_problem(author))
    make_problem(author)
    submit(make_problem(author))
    text = page(editor)
    square = re.search(r"<strong>1</strong> <span class=\"coverage-begun\">\+2", text)
    assert square
    kinds = Specialty.objects.count() * len(ImageType) * len(Difficulty)
    assert f"Of {kinds} kinds of problem, 1 has one" in words(text)
    assert f"{kinds - 1} have none" in words(text)
    assert text.count('<span class="coverage-gap"><span class="visually-hidden">none') >= kinds - 1


def test_what_was_refused_or_taken_back_fills_no_gap(editor: Client) -> None:
    for status in (Status.REJECTED, Status.WITHDRAWN, Status.RETIRED):
        problem = make_problem()
        submit(problem)
        Problem.objects.filter(pk=problem.pk).update(status=status)
    assert "0 have one that is approved or published, 0 more have" in words(page(editor))
    assert "1 has one whose status is “Retired”" in words(page(editor, status="retired"))


def test_a_problem_that_is_not_described_yet_stands_nowhere_and_is_said(editor: Client) -> None:
    Problem.objects.create(author=make_person(is_author=True))
    assert "1 problem stands nowhere here" in words(page(editor))


def test_every_total_is_the_sum_of_its_squares(editor: Client) -> None:
    author = make_person(is_author=True)
    for image_type, difficulty in (("ct", "easy"), ("ct", "hard"), ("ecg", "hard")):
        describe(make_problem(author), image_type=image_type, difficulty=difficulty)
        describe(make_approved(make_problem(author)), image_type=image_type, difficulty=difficulty)
    names = dict(Specialty.objects.values_list("slug", "name"))
    found = editor.get(reverse("curation:coverage")).context["coverage"]
    table = coverage_table(found.cells, names, "")
    for part in ("ready", "under_way"):
        squares = [getattr(square, part) for square in table.squares]
        by_row = [getattr(row.total, part) for group in table.groups for row in group.rows]
        assert sum(squares) == sum(by_row) == getattr(table.total, part) == 3
        assert sum(getattr(group.total, part) for group in table.groups) == 3
        assert sum(getattr(square, part) for square in table.totals) == 3
    assert table.ready_squares + table.begun_squares + table.gaps == len(table.squares)


def test_a_number_leads_to_its_problems_and_no_others(editor: Client) -> None:
    author = make_person(is_author=True)
    hard, easy, other = (make_problem(author) for _ in range(3))
    describe(hard, image_type=ImageType.CT, difficulty=Difficulty.HARD)
    describe(easy, image_type=ImageType.CT, difficulty=Difficulty.EASY)
    describe(other, image_type=ImageType.ECG, difficulty=Difficulty.HARD)
    text = page(editor, status="draft")
    link = re.search(r'href="([^"]*image_type=ct&difficulty=hard[^"]*)"', text)
    assert link
    shown = editor.get(link[1])
    assert [problem.pk for problem in shown.context["page"]] == [hard.pk]
    assert [one.label for one in shown.context["filters"]] == ["Radiology", "CT", "Hard"]
    counts = {value: count for value, _, count in shown.context["statuses"]}
    assert counts[Status.DRAFT] == sum(counts.values()) == 1


def test_a_filter_of_the_collection_is_lifted_by_its_link(editor: Client) -> None:
    describe(make_problem(), image_type=ImageType.CT)
    address = reverse("curation:collection")
    asked = {"specialty": "radiology", "image_type": "ct", "status": "draft", "page": "1"}
    text = unescape(editor.get(address, asked).content.decode())
    assert '"?specialty=radiology&status=draft"' in text
    assert '"?image_type=ct&status=draft"' in text


@pytest.mark.parametrize(
    "asked",
    [
        {"specialty": "astrology"},
        {"image_type": "sketch"},
        {"difficulty": "\0"},
        {"author": "me"},
        {"author": "9" * 30},
        {"author": "999999"},
    ],
)
def test_a_filter_that_means_nothing_limits_nothing(editor: Client, asked: dict[str, str]) -> None:
    make_problem()
    shown = editor.get(reverse("curation:collection"), asked)
    assert (shown.status_code, len(shown.context["page"])) == (200, 1)
    assert shown.context["filters"] == []


def test_an_author_s_numbers_lead_to_their_problems(editor: Client) -> None:
    author, other = (make_person(is_author=True) for _ in range(2))
    mine = make_problem(author)
    make_problem(other)
    submit(make_problem(author))
    text = page(editor, show="authors")
    link = re.search(rf'href="([^"]*author={author.pk}&status=draft)"', text)
    assert link
    assert [problem.pk for problem in editor.get(link[1]).context["page"]] == [mine.pk]


def test_people_are_sorted_as_asked_and_by_their_last_work_otherwise(editor: Client) -> None:
    early, late = (make_person(f"{name}@example.org", is_author=True) for name in "ba")
    idle = make_person("c@example.org", is_author=True)
    make_problem(early)
    make_problem(late)
    make_problem(early)
    for sort, names in (
        ("", [early, late, idle]),
        ("drafts", [early, late, idle]),
        ("name", [late, early, idle]),
        ("nonsense", [early, late, idle]),
    ):
        answered = editor.get(reverse("curation:coverage"), {"show": "authors", "sort": sort})
        assert [row.author.name for row in answered.context["rows"]] == list(map(str, names))
    make_problem(late)
    answered = editor.get(reverse("curation:coverage"), {"show": "authors"})
    assert answered.context["rows"][0].author.name == str(late)


def test_who_agrees_least_stands_first_and_who_was_never_doubled_last(editor: Client) -> None:
    author = make_person(is_author=True)
    odd, one, other, alone = (make_person(is_reviewer=True) for _ in range(4))
    for _ in range(2):
        problem = make_problem(author)
        submit(problem)
        judge(problem, odd, Verdict.REJECT)
        judge(problem, one)
        judge(problem, other)
    problem = make_problem(author)
    submit(problem)
    judge(problem, alone, seconds=90)
    asked = {"show": "reviewers", "sort": "agreement"}
    rows = editor.get(reverse("curation:coverage"), asked).context["rows"]
    people = [row.reviewer.person_id for row in rows]
    assert (people[0], people[-1]) == (odd.pk, alone.pk)
    assert "Half of all reviews take at most 1 min 30 s" in words(page(editor, **asked))


def test_three_hundred_people_stand_on_pages(editor: Client) -> None:
    User.objects.bulk_create(
        User(email=f"{number}@example.org", name=f"Person {number:03}", is_author=True)
        for number in range(300)
    )
    text = page(editor, show="authors", sort="name", page="2")
    assert "26 to 50 of 300 authors" in words(text)
    assert "Person 025" in text
    assert "Person 024" not in text


def test_agreement_and_the_human_baseline_stand_with_interval_and_n(editor: Client) -> None:
    author = make_person(is_author=True)
    one, other = (make_person(is_reviewer=True) for _ in range(2))
    for number in range(3):
        problem = make_problem(author)
        submit(problem)
        judge(problem, one, rarity="rare")
        judge(problem, other, rarity="rare" if number else "common")
        answer(problem, one, Stage.ZERO_SHOT, is_right=number == 0)
        answer(problem, one, Stage.IN_CONTEXT, is_right=None)
    text = words(page(editor, show="agreement"))
    assert re.search(r"Rarity 0\.667 .* to .* 3 -0\.20 .* to", text)
    assert "Verdict 1.000" in text
    assert "undefined: always the same" in text
    assert re.search(r"The query alone 0\.333 0\.061 to 0\.792 1 of 3 0", text)
    assert re.search(r"The examples and the query . no answers 3", text)


@each_part
def test_each_part_takes_the_same_queries_at_any_size(editor: Client, part: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(editor, show=part)
        return len(captured)

    author, reviewer = make_person(is_author=True), make_person(is_reviewer=True)
    problem = make_problem(author)
    submit(problem)
    judge(problem, reviewer)
    few = queries()
    for _ in range(3):
        problem = make_problem(make_person(is_author=True))
        submit(problem)
        judge(problem, make_person(is_reviewer=True))
        answer(problem, reviewer, Stage.ZERO_SHOT, is_right=True)
    assert queries() == few


def test_a_large_collection_that_is_not_counted_says_who_counts_it(editor: Client) -> None:
    many(MOST_COUNTED_AT_ONCE + 1)
    assert "None is running at the moment" in page(editor)
    Heartbeat.objects.create(name=WORKER, beat_at=timezone.now())
    assert "Come back in a while" in page(editor)


@each_part
def test_a_kept_count_says_when_it_was_made(editor: Client, part: str) -> None:
    many(MOST_COUNTED_AT_ONCE + 1)
    assert "every five minutes" in page(editor, show=part)
    keep_coverage(timezone.now())
    text = page(editor, show=part)
    assert re.search(r"Counted <time datetime=", text)
    assert "Not counted yet" not in text


def test_a_count_made_as_one_looks_says_no_time(editor: Client) -> None:
    make_problem()
    assert "Counted <time" not in page(editor)


def test_an_unknown_part_is_the_first_one(editor: Client) -> None:
    make_problem()
    asked = {"show": "nothing", "status": "nothing"}
    context = editor.get(reverse("curation:coverage"), asked).context
    assert (context["part"], context["status"]) == ("problems", "")
