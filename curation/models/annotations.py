"""The vocabularies of SMMILE's annotations; specialties are rows, because editors add to them."""

from collections.abc import Mapping

from django.db import models


class AnswerFormat(models.TextChoices):
    """What an answer looks like (SMMILE)."""

    FREE_RESPONSE = "free_response", "Free response"
    BINARY = "binary", "Binary (yes or no)"
    MULTIPLE_CHOICE = "multiple_choice", "Multiple choice"
    NUMERICAL = "numerical", "Numerical"


class ImageType(models.TextChoices):
    """What kind of picture the query shows (SMMILE)."""

    XRAY = "xray", "X-Ray"
    CT = "ct", "CT"
    MRI = "mri", "MRI"
    ULTRASOUND = "ultrasound", "Ultrasound"
    MAMMOGRAM = "mammogram", "Mammogram"
    STAINING = "staining", "Staining"
    PHOTOGRAPH = "photograph", "Photograph"
    FUNDUS = "fundus", "Fundus photograph"
    ECG = "ecg", "ECG"
    EEG = "eeg", "EEG"
    TEXT = "text", "Text"
    ILLUSTRATION = "illustration", "Illustration"
    OTHER = "other", "Other"


class CognitiveProcess(models.TextChoices):
    """What the query asks of the mind (SMMILE)."""

    CLASSIFICATION = "classification", "Classification or diagnosis"
    REASONING = "reasoning", "Reasoning classification"
    QUANTITATIVE = "quantitative", "Regression or quantitative"


class Rarity(models.TextChoices):
    """How often the finding is met."""

    COMMON = "common", "Common"
    UNCOMMON = "uncommon", "Uncommon"
    RARE = "rare", "Rare"


class Difficulty(models.TextChoices):
    """How hard a model should find the query."""

    EASY = "easy", "Easy"
    MEDIUM = "medium", "Medium"
    HARD = "hard", "Hard"


ANNOTATION_CHOICES: Mapping[str, type[models.TextChoices]] = {
    "answer_format": AnswerFormat,
    "image_type": ImageType,
    "cognitive_process": CognitiveProcess,
    "rarity": Rarity,
    "difficulty": Difficulty,
}


IMAGE_TYPE_OF_MODALITY = {
    "CR": ImageType.XRAY,
    "DX": ImageType.XRAY,
    "CT": ImageType.CT,
    "MR": ImageType.MRI,
    "US": ImageType.ULTRASOUND,
    "IVUS": ImageType.ULTRASOUND,
    "MG": ImageType.MAMMOGRAM,
    "SM": ImageType.STAINING,
    "OP": ImageType.FUNDUS,
    "XC": ImageType.PHOTOGRAPH,
    "ECG": ImageType.ECG,
    "EEG": ImageType.EEG,
}
"""What a DICOM file's modality (PS3.3, C.7.3.1.1.1) is as an image type, where it is one alone."""
