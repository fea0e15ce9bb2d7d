"""All predictions of a run as rows for files, read from the database a batch at a time."""

from collections.abc import Iterator
from itertools import batched
from typing import Any

from curation.models import User
from curation.permissions import answers_hidden_from
from evaluation.domain.prediction_files import COLUMNS
from evaluation.models import Prediction, Run

_BATCH = 500
_FACTS = (
    "order",
    "repeat",
    "outcome",
    "error",
    "finish_reason",
    "served_model",
    "input_tokens",
    "output_tokens",
    "latency_ms",
)


def prediction_rows(run: Run, reader: User) -> Iterator[dict[str, Any]]:
    """The predictions that ended, in the order of the release.

    Of what is held out from the reader neither what is right nor what was said is told, as on
    the pages.
    """
    ended = Prediction.objects.of_run(run.pk).ended().with_parts()
    for some in batched(ended.iterator(chunk_size=_BATCH), _BATCH, strict=False):
        hidden = answers_hidden_from(reader, [each.revision.problem for each in some])
        for each in some:
            told = _withheld() if each.revision.problem_id in hidden else _told(each)
            yield {
                **dict.fromkeys(COLUMNS),
                "release": run.release.version,
                "model": run.endpoint.model or run.endpoint.name,
                "protocol_sha256": run.protocol_sha256,
                "problem_id": str(each.revision.problem_id),
                "question": each.revision.content().query.question,
                **{name: getattr(each, name) for name in _FACTS},
                **told,
            }


def _withheld() -> dict[str, Any]:
    return {"is_withheld": True}


def _told(prediction: Prediction) -> dict[str, Any]:
    choices = prediction.choices
    return {
        "is_withheld": False,
        "answer": prediction.revision.content().query.answer,
        "completion": prediction.completion,
        "parsed": prediction.parsed,
        "parse_pattern": prediction.parse_pattern,
        "prompt_sha256": prediction.prompt_sha256,
        "choices": choices
        and {
            "options": list(choices.options),
            "correct_letter": choices.correct_letter,
            "accepted_variants": list(choices.accepted_variants),
        },
        "scores": [
            {"scorer": each.scorer, "value": each.value, "explanation": each.explanation}
            for each in prediction.scores.all()
        ],
    }
