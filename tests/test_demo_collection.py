"""The demo collection's files hold what the rules of authoring and review demand."""

import csv
import hashlib
import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from curation.domain.answers import distinct, is_same_answer, normalize
from curation.domain.likeness import SIDE, fingerprint, is_alike

DEMO = Path(__file__).parents[1] / "config" / "demo"
IMAGES = DEMO / "images"
COLLECTION = json.loads((DEMO / "collection.json").read_text(encoding="utf-8"))
PROBLEMS: list[dict[str, Any]] = COLLECTION["problems"]
PEOPLE: dict[str, dict[str, Any]] = {person["email"]: person for person in COLLECTION["people"]}
ATTRIBUTIONS = list(
    csv.DictReader((IMAGES / "images.csv").read_text(encoding="utf-8").splitlines())
)
IMAGE_TYPES = {row["file"]: row["image_type"] for row in ATTRIBUTIONS}

STATUSES = "draft submitted changes_requested approved published rejected withdrawn retired"
VOCABULARY = {
    "specialty": "radiology pathology dermatology ophthalmology surgery general_medicine other",
    "answer_format": "free_response binary multiple_choice numerical",
    "image_type": "xray ct mri ultrasound mammogram staining photograph fundus ecg eeg text "
    "illustration other",
    "cognitive_process": "classification reasoning quantitative",
    "rarity": "common uncommon rare",
    "difficulty": "easy medium hard",
}
LICENSES = {"MIT", "Apache-2.0", "BSD-3-Clause", "CC0-1.0", "LicenseRef-PublicDomain"}

Problem = dict[str, Any]
Panel = dict[str, Any]


def panels(problem: Problem) -> list[Panel]:
    return [*problem["examples"], problem["query"]]


def in_status(*statuses: str) -> list[Problem]:
    return [problem for problem in PROBLEMS if problem["status"] in statuses]


def verdicts(problem: Problem) -> list[str]:
    return [review["verdict"] for review in problem["reviews"]]


def look(name: str) -> str:
    with Image.open(IMAGES / name) as picture:
        return fingerprint(picture.convert("L").resize((SIDE, SIDE)).tobytes())


def has_matching_example(problem: Problem) -> bool:
    answer = problem["query"]["answer"]
    return any(is_same_answer(example["answer"], answer) for example in problem["examples"])


FINISHED = [problem for problem in PROBLEMS if problem["status"] != "draft"]
DRAFTS = in_status("draft")
each_finished = pytest.mark.parametrize("problem", FINISHED, ids=lambda problem: problem["key"])
each_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem["key"])
each_image = pytest.mark.parametrize("row", ATTRIBUTIONS, ids=lambda row: row["file"])


def test_keys_are_unique() -> None:
    assert len({problem["key"] for problem in PROBLEMS}) == len(PROBLEMS) >= 14


def test_every_status_is_shown() -> None:
    assert {problem["status"] for problem in PROBLEMS} == set(STATUSES.split())


def test_enough_is_published_to_make_a_release_worth_reading() -> None:
    published = in_status("published")
    assert len(published) >= 8
    assert len({problem["annotations"]["image_type"] for problem in published}) >= 6


def test_at_least_four_people_wrote_problems() -> None:
    assert len({problem["author"] for problem in PROBLEMS}) >= 4


def test_the_cast_has_enough_of_every_role() -> None:
    roles = Counter(role for person in PEOPLE.values() for role in person["roles"])
    assert roles["author"] >= 4
    assert roles["reviewer"] >= 3
    assert roles["editor"] == 1
    assert roles.total() == roles["author"] + roles["reviewer"] + roles["editor"]


@pytest.mark.parametrize("person", PEOPLE.values(), ids=lambda person: person["name"])
def test_people_are_described_and_cannot_be_reached(person: dict[str, Any]) -> None:
    assert person["email"].endswith("@example.org")
    assert person["name"] and person["affiliation"]
    assert person["specialty"] in VOCABULARY["specialty"].split()
    assert 0 < person["years_of_experience"] <= 80


def test_no_address_is_used_twice() -> None:
    assert len(PEOPLE) == len(COLLECTION["people"])


def test_the_images_are_those_used_and_those_attributed() -> None:
    used = {panel["image"] for problem in PROBLEMS for panel in panels(problem)} - {None}
    stored = {path.name for path in IMAGES.iterdir()} - {"images.csv"}
    assert used == stored == {row["file"] for row in ATTRIBUTIONS}
    assert len(ATTRIBUTIONS) == len(stored)


def test_no_two_files_hold_the_same_bytes() -> None:
    hashes = {hashlib.sha256((IMAGES / name).read_bytes()).digest() for name in IMAGE_TYPES}
    assert len(hashes) == len(IMAGE_TYPES)


@each_image
def test_every_image_says_where_it_comes_from_and_what_is_allowed(row: dict[str, str]) -> None:
    assert row["license"] in LICENSES
    assert row["image_type"] in VOCABULARY["image_type"].split()
    assert all(0 < len(row[name]) <= 300 for name in ("source", "attribution", "alt_text"))


@each_problem
def test_no_alt_text_gives_the_querys_answer_away(problem: Problem) -> None:
    query = problem["query"]
    (alt_text,) = (row["alt_text"] for row in ATTRIBUTIONS if row["file"] == query["image"])
    for answer in (query["answer"], *query["accepted_variants"]):
        assert f" {normalize(answer)} " not in f" {normalize(alt_text)} "


@each_image
def test_every_image_decodes_and_carries_no_metadata(row: dict[str, str]) -> None:
    with Image.open(IMAGES / row["file"]) as picture:
        picture.load()
        assert picture.format in {"JPEG", "PNG"}
        assert not picture.getexif()
        assert not {"comment", "xmp", "photoshop", "icc_profile"} & picture.info.keys()


@each_finished
def test_a_finished_problem_has_two_to_ten_examples_and_one_query(problem: Problem) -> None:
    assert 2 <= len(problem["examples"]) <= 10
    assert isinstance(problem["query"], dict)


@each_finished
def test_a_finished_problem_has_no_empty_field(problem: Problem) -> None:
    for panel in panels(problem):
        assert panel["image"]
        assert panel["question"].strip() == panel["question"] != ""
        assert panel["answer"].strip() == panel["answer"] != ""


@each_finished
def test_annotations_come_from_the_vocabulary(problem: Problem) -> None:
    assert problem["annotations"].keys() == VOCABULARY.keys()
    for name, value in problem["annotations"].items():
        assert value in VOCABULARY[name].split()


@each_problem
def test_the_image_type_is_that_of_the_query(problem: Problem) -> None:
    assert problem["annotations"]["image_type"] == IMAGE_TYPES[problem["query"]["image"]]


@each_problem
def test_no_two_images_of_a_problem_are_the_same_or_look_the_same(problem: Problem) -> None:
    names = [panel["image"] for panel in panels(problem) if panel["image"]]
    assert len(set(names)) == len(names)
    for one, other in itertools.combinations(names, 2):
        assert not is_alike(look(one), look(other)), f"{one} and {other}"


@each_finished
def test_images_are_large_enough_to_read(problem: Problem) -> None:
    for panel in panels(problem):
        with Image.open(IMAGES / panel["image"]) as picture:
            assert min(picture.size) >= 224


@each_problem
def test_no_answer_is_written_in_its_own_question(problem: Problem) -> None:
    for panel in panels(problem):
        answers = filter(None, [panel["answer"], *panel["accepted_variants"]])
        question = normalize(panel["question"])
        assert not any(f" {normalize(answer)} " in f" {question} " for answer in answers)
        assert not panel["answer"] or normalize(panel["answer"]) not in question


@each_finished
def test_answers_differ_and_never_only_in_form(problem: Problem) -> None:
    answers = {panel["answer"] for panel in panels(problem)}
    assert len(distinct(answers)) == len(answers) >= 2


@each_finished
def test_no_accepted_variant_is_another_panels_answer(problem: Problem) -> None:
    for panel in panels(problem):
        others = {normalize(other["answer"]) for other in panels(problem)}
        accepted = {normalize(variant) for variant in panel["accepted_variants"]}
        assert len(accepted) == len(panel["accepted_variants"])
        assert not accepted & (others | {""})


@each_problem
def test_all_panels_ask_the_same_question(problem: Problem) -> None:
    assert len({panel["question"] for panel in panels(problem)}) == 1


@each_finished
def test_answers_have_one_form(problem: Problem) -> None:
    answers = [panel["answer"] for panel in panels(problem)]
    assert len({answer[0].isupper() for answer in answers}) == 1
    assert not any(answer.endswith(".") for answer in answers)
    lengths = [len(answer.split()) for answer in answers]
    assert max(lengths) - min(lengths) <= 2


@each_finished
def test_answers_fit_their_format(problem: Problem) -> None:
    answers = {panel["answer"] for panel in panels(problem)}
    match problem["annotations"]["answer_format"]:
        case "binary":
            assert answers == {"Yes", "No"}
        case "numerical":
            assert all(answer.isdigit() for answer in answers)
        case _:
            assert not answers & {"Yes", "No"}
            assert not any(answer.isdigit() for answer in answers)


@each_finished
def test_reasoning_means_that_no_example_has_the_answer(problem: Problem) -> None:
    is_reasoning = problem["annotations"]["cognitive_process"] == "reasoning"
    assert is_reasoning is not has_matching_example(problem)
    expected = ["answer_not_among_examples"] if is_reasoning else []
    assert list(problem["explanations"]) == expected


def test_a_few_problems_need_reasoning() -> None:
    kinds = Counter(problem["annotations"]["cognitive_process"] for problem in FINISHED)
    assert 2 <= kinds["reasoning"] <= 3


def test_drafts_show_what_is_missing() -> None:
    for draft in DRAFTS:
        fields = [panel[name] for panel in panels(draft) for name in ("image", "answer")]
        assert not all(fields), draft["key"]
    assert any(not panel["answer"] for draft in DRAFTS for panel in panels(draft))


@each_problem
def test_authors_write_and_others_who_may_review_judge(problem: Problem) -> None:
    reviewers = [review["reviewer"] for review in problem["reviews"]]
    assert "author" in PEOPLE[problem["author"]]["roles"]
    assert problem["author"] not in reviewers
    assert len(set(reviewers)) == len(reviewers)
    assert all("reviewer" in PEOPLE[reviewer]["roles"] for reviewer in reviewers)


@each_problem
def test_reviews_agree_with_the_status(problem: Problem) -> None:
    approved = ["approve", "approve"]
    allowed: dict[str, list[list[str]]] = {
        "draft": [[]],
        "withdrawn": [[]],
        "submitted": [[], ["approve", "reject"]],
        "changes_requested": [["request_changes"]],
        "rejected": [["reject"]],
        "approved": [approved],
        "published": [approved],
        "retired": [approved],
    }
    assert verdicts(problem) in allowed[problem["status"]]


@each_problem
def test_whatever_stops_a_problem_is_explained(problem: Problem) -> None:
    needs_reason = problem["status"] in {"rejected", "withdrawn", "retired"}
    assert bool(problem.get("reason")) is needs_reason
    for review in problem["reviews"]:
        assert review["verdict"] == "approve" or len(review["comment"]) > 80
