"""Predictions that SMMILE's authors released, read from the CSV files of their own scripts.

Source: the repository eth-medical-ai-lab/smmile (Rieff et al. 2025), files named
``result_<model>_<0-shot|ICL>[_open|_mcqa].csv``. The columns differ from script to script.
"""

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO

from curation.domain.content import ProblemContent
from evaluation.domain.arms import AnswerForm, Shots
from evaluation.domain.choices import Choices
from evaluation.domain.outcomes import Outcome

_NAME = re.compile(r"result_(?P<model>.+)_(?P<shots>0-shot|ICL)(?P<form>_open|_mcqa)?\.csv")
_SHOTS = {"0-shot": Shots.NONE, "ICL": Shots.ALL}
_FAILED_CALL = "ERROR"
_NOTHING_EXTRACTED = "EXTRACTION_FAILED"
_OWN_WORDS = "ASSISTANT:"
_VERDICTS = {0: False, 100: True}

_COLUMNS = {
    "problem_id": ("problem_id",),
    "question": ("final_question", "original_question"),
    "answer": ("true_answer", "correct_answer"),
    "generated_answer": ("generated_answer", "full_response"),
}
_OPTIONAL_COLUMNS = {
    "full_response": ("full_response",),
    "selected_letter": ("selected_option", "extracted_answer"),
    "correct_letter": ("correct_option", "correct_letter"),
}


class UnknownFileError(ValueError):
    """A file that is not in the form of the released ones; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedName:
    """What a released file's name says."""

    model: str
    shots: Shots
    answer_form: AnswerForm


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRecord:
    """One released prediction, texts as they stand in the file.

    Letters are None in open form; ``selected_letter`` also where the authors' script found none. It
    may be a letter that no option had: the script took any first capital.
    """

    problem_id: str
    question: str
    answer: str
    generated_answer: str
    full_response: str
    selected_letter: str | None
    correct_letter: str | None
    outcome: Outcome

    @property
    def completion(self) -> str:
        """The model's own words: a full response that repeats the chat is cut at its last turn."""
        text = self.full_response or self.generated_answer
        return text.rpartition(_OWN_WORDS)[2] if text.startswith("USER:") else text


def read_name(file_name: str) -> PublishedName:
    """What a released file holds, by its name; :class:`UnknownFileError` for another name."""
    match = _NAME.fullmatch(file_name)
    if match is None:
        raise UnknownFileError(
            f"{file_name} is not named like result_<model>_<0-shot|ICL>[_open|_mcqa].csv."
        )
    is_choice = match["form"] == "_mcqa"
    return PublishedName(
        model=match["model"],
        shots=_SHOTS[match["shots"]],
        answer_form=AnswerForm.MULTIPLE_CHOICE if is_choice else AnswerForm.OPEN,
    )


def read_published(text: str) -> tuple[PublishedRecord, ...]:
    """The records of a released CSV file, in file order; :class:`UnknownFileError` for others."""
    reader = csv.DictReader(StringIO(text, newline=""))
    header = tuple(reader.fieldnames or ())
    columns = {field: _column(header, names) for field, names in _COLUMNS.items()}
    optional = {
        field: name
        for field, names in _OPTIONAL_COLUMNS.items()
        if (name := next((name for name in names if name in header), None))
    }
    return tuple(_record(row, {**columns, **optional}) for row in reader)


def read_verdicts(text: str) -> dict[str, bool]:
    """Whether the judge found each problem's answer right, of a released ``_evaluationllm.json``.

    :class:`UnknownFileError` for another document.
    """
    try:
        accuracies = json.loads(text)["problem_accuracies"]
        verdicts = {str(name): _VERDICTS[value] for name, value in accuracies.items()}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise UnknownFileError(
            "The file is no list of verdicts: JSON with problem_accuracies, each 0 or 100."
        ) from None
    return verdicts


def published_choices(content: ProblemContent, correct_letter: str) -> Choices:
    """The options as the authors' scripts made them, for reading their letters.

    Distinct raw texts in order of first appearance, examples before the query, so that in some
    problems two are equal after normalization and in one there is a single option. Never asked
    again in this form: :func:`evaluation.domain.choices.choices_for` is for that.
    """
    texts = dict.fromkeys(panel.answer for panel in (*content.examples, content.query))
    return Choices(options=tuple(texts), correct_letter=correct_letter)


def _column(header: tuple[str, ...], names: tuple[str, ...]) -> str:
    found = next((name for name in names if name in header), None)
    if found is None:
        raise UnknownFileError(f"The file has no column named {' or '.join(names)}.")
    return found


def _record(row: Mapping[str, str | None], columns: Mapping[str, str]) -> PublishedRecord:
    values = {field: row.get(name) or "" for field, name in columns.items()}
    selected = values.get("selected_letter", "").strip()
    is_letter = selected not in {"", _FAILED_CALL, _NOTHING_EXTRACTED}
    return PublishedRecord(
        problem_id=values["problem_id"],
        question=values["question"],
        answer=values["answer"],
        generated_answer=values["generated_answer"],
        full_response=values.get("full_response", ""),
        selected_letter=selected if is_letter else None,
        correct_letter=values.get("correct_letter") or None,
        outcome=_outcome(values["generated_answer"], selected),
    )


def _outcome(generated_answer: str, selected: str) -> Outcome:
    if generated_answer.startswith(_FAILED_CALL) or selected == _FAILED_CALL:
        return Outcome.ERROR
    is_empty = not generated_answer.strip() or selected == _NOTHING_EXTRACTED
    return Outcome.UNPARSABLE if is_empty else Outcome.OK
