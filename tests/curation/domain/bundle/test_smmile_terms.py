import json
from pathlib import Path

import pytest

from curation.domain.bundle.smmile_terms import FIELDS, smmile_term, smmile_terms
from curation.domain.content import Annotations

PUBLISHED = Path(__file__).parents[4] / "../shared/data/smmile/problems.jsonl"

SLUGS = {
    "speciality": "radiology pathology dermatology ophthalmology surgery general_medicine other",
    "flag_answer_format": "free_response binary multiple_choice numerical",
    "flag_image_type": (
        "xray ct mri ultrasound mammogram staining photograph fundus ecg eeg text illustration "
        "other"
    ),
    "flag_cognitive_process": "classification reasoning quantitative",
    "flag_rarity": "common uncommon rare",
    "flag_difficulty_llms": "easy medium hard",
}


def test_every_published_term_is_what_one_of_our_annotations_becomes() -> None:
    if not PUBLISHED.exists():
        pytest.skip("The published SMMILE data is not beside this checkout.")
    problems = [json.loads(line) for line in PUBLISHED.read_text(encoding="utf-8").splitlines()]
    for column, slugs in SLUGS.items():
        # "None" is how SMMILE writes a rarity that nobody stated.
        published = {problem["flags"][column] for problem in problems} - {None, "None"}
        ours = [smmile_term(column, slug) for slug in slugs.split()]
        assert published
        assert published <= set(ours)
        assert len(set(ours)) == len(ours)


def test_a_specialty_that_an_editor_added_is_written_with_spaces() -> None:
    assert smmile_term("speciality", "nuclear_medicine") == "nuclear medicine"


def test_what_was_never_chosen_is_no_term() -> None:
    assert smmile_terms(Annotations()) == dict.fromkeys(FIELDS)
