"""Our annotations in the words of the published SMMILE files, so that strata can be compared."""

from curation.domain.content import Annotations

TERMS: dict[str, dict[str, str]] = {
    "flag_answer_format": {"binary": "binary(yes/no)"},
    "flag_image_type": {
        "xray": "X-Ray",
        "ct": "CT",
        "mri": "MRI",
        "ultrasound": "Ultrasound",
        "mammogram": "Mammogram",
        "staining": "Staining",
        "photograph": "Photograph",
        "fundus": "Fundus Photograph",
        "ecg": "ECG",
        "eeg": "EEG",
        "text": "Text",
        "illustration": "Illustration",
        "other": "Other",
    },
    "flag_cognitive_process": {
        "classification": "classification/diagnosis",
        "reasoning": "reasoning classification",
        "quantitative": "regression/quantitative",
    },
}
"""Column -> our slug -> SMMILE's term, where the term is not the slug with spaces."""

FIELDS = {
    "speciality": "specialty",
    "flag_answer_format": "answer_format",
    "flag_image_type": "image_type",
    "flag_cognitive_process": "cognitive_process",
    "flag_rarity": "rarity",
    "flag_difficulty_llms": "difficulty",
}
"""SMMILE's column -> our annotation."""


def smmile_term(column: str, slug: str) -> str | None:
    """SMMILE's term for one annotation; None for one that was never chosen.

    A slug without a listed term, such as a specialty an editor added, is written with spaces.

    >>> smmile_term("speciality", "general_medicine")
    'general medicine'
    """
    return TERMS.get(column, {}).get(slug, slug.replace("_", " ")) or None


def smmile_terms(annotations: Annotations) -> dict[str, str | None]:
    """All six annotations under SMMILE's column names."""
    return {
        column: smmile_term(column, getattr(annotations, field)) for column, field in FIELDS.items()
    }
