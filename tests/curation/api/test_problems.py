"""Problems by the API: read, written, submitted; who sees what, and two writers at once."""

import hashlib
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from curation.models import AnswerSeen, Image, Problem, Status
from tests.curation.cast import Cast, make_submitted
from tests.curation.programs import Program, walk
from tests.curation.statuses import Crew, bring_to, current, make_crew, make_draft
from tests.factories import make_person, make_problem, png_bytes

pytestmark = pytest.mark.django_db

_PANELS: list[dict[str, Any]] = [
    {"role": "example", "question": "What is it?", "answer": "A disc"},
    {"role": "example", "question": "What is it?", "answer": "A ring", "accepted_variants": ["O"]},
    {"role": "query", "question": "What is it?", "answer": "A disc"},
]


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.fixture
def crew() -> Crew:
    return make_crew()


@pytest.fixture
def author(cast: Cast) -> Program:
    return Program(cast.author)


def _started(author: Program) -> Any:
    return author.post("/problems", {"panels": _PANELS}).json()


def test_a_draft_is_written_in_words_and_completed_by_its_images(author: Program) -> None:
    answer = author.post(
        "/problems", {"panels": _PANELS, "annotations": {"specialty": "radiology"}}
    )
    assert answer.status_code == 201
    said = answer.json()
    assert (said["status"], said["specialty"], said["is_mine"]) == ("draft", "radiology", True)
    assert [panel["answer"] for panel in said["panels"]] == ["A disc", "A ring", "A disc"]
    assert {finding["severity"] for finding in said["findings"]} >= {"missing"}
    panel = said["panels"][0]
    at = f"/problems/{said['id']}/panels/{panel['id']}"
    brought = author.upload(f"{at}/image", png_bytes(5))
    assert brought.status_code == 200
    image = brought.json()["image"]
    assert (image["media_type"], image["width"]) == ("image/png", 48)
    versions = brought.json()["versions"]
    facts = {"source": "My camera", "license": "CC0-1.0", "alt_text": "A disc"}
    changed = author.patch(at, {**facts, "versions": {name: versions[name] for name in facts}})
    assert changed.status_code == 200
    assert changed.json()["image"]["source"] == "My camera"
    file = author.get(image["url"])
    assert (file.status_code, file["Content-Type"]) == (200, "image/png")
    assert hashlib.sha256(b"".join(file.streaming_content)).hexdigest() == image["sha256"]
    assert author.get(image["url"].removesuffix("/file")).json()["about"]["license"] == "CC0-1.0"


def test_that_nobody_can_be_recognized_is_for_a_person_to_say(author: Program) -> None:
    said = _started(author)
    at = f"/problems/{said['id']}/panels/{said['panels'][0]['id']}"
    assert author.upload(f"{at}/image", png_bytes(5)).status_code == 200
    refused = author.patch(at, {"no_patient_confirmed": "on", "versions": {}})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/no_patient_confirmed"
    assert Image.objects.get().no_patient_confirmed_at is None


@pytest.mark.parametrize(
    ("panels", "pointer"),
    [
        ([], "#/panels"),
        (_PANELS[:2], "#/panels"),
        ([*_PANELS, _PANELS[2]], "#/panels"),
        (list(reversed(_PANELS)), "#/panels"),
        ([*_PANELS[:1] * 11, _PANELS[2]], "#/panels"),
        ([{**_PANELS[0], "role": "shot"}, _PANELS[2]], "#/panels/0/role"),
        ([{**_PANELS[0], "answer": 5}, _PANELS[2]], "#/panels/0/answer"),
        ([{**_PANELS[0], "anwser": "x"}, _PANELS[2]], "#/panels/0/anwser"),
        ([{**_PANELS[0], "answer": "a\0b"}, _PANELS[2]], "#/panels/0/answer"),
        ([{**_PANELS[0], "answer": "x" * 4001}, _PANELS[2]], "#/panels/0/answer"),
    ],
)
def test_what_is_no_problem_is_refused_at_its_place(
    panels: list[Any], pointer: str, author: Program
) -> None:
    refused = author.post("/problems", {"panels": panels})
    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")
    assert pointer in {error["pointer"] for error in refused.json()["errors"]}
    assert not Problem.objects.exists()


def test_of_two_who_change_a_text_the_second_gets_both_and_writes_nothing(author: Program) -> None:
    said = _started(author)
    panel = said["panels"][0]
    at = f"/problems/{said['id']}/panels/{panel['id']}"
    versions = panel["versions"]
    first = author.patch(at, {"answer": "A plate", "versions": versions})
    assert first.json()["answer"] == "A plate"
    second = author.patch(
        at, {"answer": "A dish", "question": "Which shape?", "versions": versions}
    )
    assert (second.status_code, second.json()["code"]) == (409, "conflict")
    conflict = second.json()["conflicts"]["answer"]
    assert (conflict["sent"], conflict["stored"]) == ("A dish", "A plate")
    stored = author.get(f"/problems/{said['id']}").json()["panels"][0]
    assert (stored["answer"], stored["question"]) == ("A plate", "What is it?")
    knowing = {"answer": conflict["version"]}
    third = author.patch(at, {"answer": "A dish", "versions": knowing})
    assert (third.status_code, third.json()["answer"]) == (200, "A dish")


@pytest.mark.parametrize(
    "body",
    [
        {"versions": {}},
        {"answer": "x"},
        {"answer": "x", "versions": {}},
        {"source": "x", "versions": {"source": "y"}},
        {"accepted_variants": ["a\nb"], "versions": {"accepted_variants": "y"}},
        {"accepted_variants": ["a" * 500] * 9, "versions": {"accepted_variants": "y"}},
    ],
)
def test_a_change_that_cannot_be_taken_is_refused(body: dict[str, Any], author: Program) -> None:
    said = _started(author)
    at = f"/problems/{said['id']}/panels/{said['panels'][0]['id']}"
    assert author.patch(at, body).status_code == 422


def test_a_complete_draft_is_submitted_withdrawn_and_reopened(crew: Crew) -> None:
    problem = make_draft(crew)
    author, path = Program(crew.author), f"/problems/{problem.pk}"
    stale = author.post(f"{path}/submit", {"version": problem.version + 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    submitted = author.post(f"{path}/submit", {"version": problem.version})
    assert (submitted.status_code, submitted.json()["status"]) == (200, "submitted")
    assert submitted.json()["revision"]["sha256"] == current(problem).sha256
    assert author.post(f"{path}/submit", {"version": 2}).status_code == 409
    assert author.post(f"{path}/withdraw", {"comment": "Not yet."}).json()["status"] == "withdrawn"
    assert author.post(f"{path}/reopen").json()["status"] == "draft"
    assert author.post(f"{path}/reopen").status_code == 409


def test_an_unfinished_draft_is_not_submitted(author: Program) -> None:
    said = _started(author)
    refused = author.post(f"/problems/{said['id']}/submit", {"version": said["version"]})
    assert refused.status_code == 422
    assert "must be mended" in refused.json()["detail"]


def test_what_others_write_is_absent_and_what_one_only_sees_is_forbidden(cast: Cast) -> None:
    draft, panel = cast.draft, cast.panel
    change = {"answer": "x", "versions": {"answer": "y"}}
    at = f"/problems/{draft.pk}/panels/{panel.pk}"
    for person, status in ((cast.other_author, 404), (cast.editor, 403), (cast.reviewer, 403)):
        assert Program(person).patch(at, change).status_code == status
    editing_author = make_person(is_author=True, is_editor=True)
    assert Program(editing_author).patch(at, change).status_code == 403
    assert Program(cast.reader).get(f"/problems/{draft.pk}").status_code == 404
    absent = Program(cast.author).patch(f"/problems/{draft.pk}/panels/0", change)
    assert absent.status_code == 404


def test_lists_show_what_one_may_see_and_filter_it(cast: Cast) -> None:
    mine, submitted = cast.draft, cast.submitted
    other = make_problem(cast.other_author)
    ids = {row["id"] for row in walk(Program(cast.author), "/problems")}
    assert ids == {str(mine.pk), str(submitted.pk)}
    assert [row["id"] for row in walk(Program(cast.reviewer), "/problems")] == [str(submitted.pk)]
    assert len(walk(Program(cast.editor), "/problems")) == 3
    editor = Program(cast.editor)
    drafts = {row["id"] for row in walk(editor, "/problems?status=draft")}
    assert drafts == {str(mine.pk), str(other.pk)}
    assert walk(editor, "/problems?specialty=pathology") == []
    assert walk(Program(cast.reader), "/problems") == []
    for query in ("status=done", "colour=red", "limit=0", "limit=201", "cursor=x"):
        assert editor.get(f"/problems?{query}").status_code == 400


def test_what_an_author_rewrites_no_reviewer_reads(crew: Crew) -> None:
    problem = bring_to(Status.CHANGES_REQUESTED, crew)
    problem.panels.update(question="Half a thou")
    reviewer = Program(crew.reviewers[0])  # who gave a verdict, and so knows the answer
    assert walk(reviewer, "/problems")[0]["question"] is None
    said = reviewer.get(f"/problems/{problem.pk}").json()
    assert "Half a thou" not in str(said)
    assert said["panels"][-1]["answer"]


def test_who_is_shown_an_answer_is_not_asked_for_theirs(crew: Crew) -> None:
    problem = bring_to(Status.SUBMITTED, crew)
    person = make_person(is_editor=True, is_reviewer=True)
    for number, path in enumerate(("", "/reviews", "/comments")):
        AnswerSeen.objects.all().delete()
        assert Program(person).get(f"/problems/{problem.pk}{path}").status_code == 200, number
        assert AnswerSeen.objects.of_problem(problem).by(person).exists()


def test_a_list_costs_the_same_queries_at_any_length(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    editor = Program(cast.editor)
    editor.get("/problems")  # notes the use of the token
    for _ in range(2):
        make_submitted(cast.author)
        with django_assert_num_queries(3):  # token, problems, panels with images
            editor.get("/problems")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"no picture", "picture"), (b"", "empty"), (b"\0" * 128 + b"DICM", "frame")],
)
def test_what_is_no_picture_is_refused_in_words(
    content: bytes, words: str, author: Program
) -> None:
    said = _started(author)
    at = f"/problems/{said['id']}/panels/{said['panels'][0]['id']}/image"
    refused = author.upload(at, content)
    assert refused.status_code == 422
    assert words.lower() in refused.content.decode().lower()
