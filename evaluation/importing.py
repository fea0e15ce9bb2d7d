"""Predictions made elsewhere: read, scored here, kept as a run that is marked as imported.

Nothing is asked. Answers are read by the parser of our own runs, except letters that a file states
to have been read by its own script: what was published counts those. All or nothing is imported.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from curation.domain.answers import is_same_answer
from curation.domain.content import ProblemContent
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import HistoryEntry, Release, Revision, User, What
from evaluation.asking import Ending, ending_of, ending_of_failure
from evaluation.brought import Brought, Fitting, told
from evaluation.clients.chat_reply import LONGEST_COMPLETION, storable
from evaluation.clients.contract import Completion, Failure, Request
from evaluation.domain.arms import AnswerForm, Noise
from evaluation.domain.choices import Choices, UnknownLetterError, choices_for
from evaluation.domain.outcomes import Outcome
from evaluation.domain.parsing import parse_choice
from evaluation.domain.prediction_files import BroughtPrediction
from evaluation.domain.prompting import Prompt
from evaluation.domain.protocol import Protocol
from evaluation.domain.published import published_choices
from evaluation.domain.scoring import SCORERS, AnsweredQuery
from evaluation.domain.showing import matching_position, variants_of
from evaluation.models import EndpointKind, ModelEndpoint, Prediction, PredictionStatus, Run, Score
from evaluation.models.run import RunStatus

STATED = "stated in the file"
"""The pattern of a letter that was not read here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRun:
    """What became of an import. ``remarks`` are sentences about what is odd in the files."""

    run: Run
    remarks: tuple[str, ...]


@transaction.atomic
def import_predictions(
    brought: Brought,
    release: Release,
    model: str,
    protocol: Protocol,
    *,
    by: User,
    is_partial: bool = False,
) -> ImportedRun:
    """A finished run of predictions made elsewhere.

    InvalidContentError says what does not fit together: doubled rows always, and what the release
    or the files lack unless `is_partial`. WrongMomentError where they are imported already.
    """
    found = Fitting(release, brought)
    found.require_fitting(is_partial=is_partial)
    reader = _Reader(release, protocol)
    rows = [
        reader.read(revision, prediction)
        for revision in found.revisions
        for prediction in found.of(revision)
    ]
    endpoint = _endpoint_named(model, by)
    run = _create_run(release, endpoint, protocol, brought, by)
    _create_rows(run, rows)
    run.manifest = _manifest(run, brought, found, len(rows))
    run.save(update_fields=["manifest"])
    return ImportedRun(run=run, remarks=(*found.remarks(), *reader.remarks()))


class _Reader:
    """Reads and scores predictions as those that are asked here."""

    def __init__(self, release: Release, protocol: Protocol) -> None:
        self._release = release
        self._protocol = protocol
        self._read_otherwise = 0
        self._right_otherwise: list[str] = []

    def read(
        self, revision: Revision, brought: BroughtPrediction
    ) -> tuple[Prediction, Sequence[Score]]:
        """An ended prediction and its scores, not yet written."""
        content = revision.content()
        choices = None if brought.error else self._choices(brought, content)
        ending = self._ending(brought, content, choices)
        prediction = Prediction(
            revision=revision,
            order=brought.order,
            repeat=brought.repeat,
            **self._answer_shown(content, brought),
            image_count=0,
            choices_json=choices.to_json() if choices else None,
            status=PredictionStatus.DONE,
            finished_at=timezone.now(),
            **ending.columns,
        )
        scores = {name: (each.value, each.explanation) for name, each in ending.scores.items()}
        if Outcome(ending.columns["outcome"]).is_answer:
            scores |= brought.verdicts
        return prediction, [
            Score(scorer=storable(name), value=value, explanation=storable(why))
            for name, (value, why) in scores.items()
        ]

    def _answer_shown(self, content: ProblemContent, brought: BroughtPrediction) -> dict[str, Any]:
        """Whether an example had the query's answer, where the protocol says what was shown."""
        if self._protocol.noise is not Noise.NONE:  # foreign examples were drawn elsewhere
            return {}
        variants = variants_of(content, self._protocol, set_seed=self._release.seed)
        asked = [v for v in variants if (v.order, v.repeat) == (brought.order, brought.repeat)]
        if not asked:
            return {}
        position = matching_position(content, asked[0].shown)
        return {"matching_position": position, "is_answer_shown": position is not None}

    def remarks(self) -> list[str]:
        """Where letters mean something else than they would here; what was scored is said."""
        remarks = []
        if self._read_otherwise:
            count = f"{self._read_otherwise} letters that the files state are read otherwise here"
            remarks.append(f"{count}; the stated ones were scored.")
        if words := told(
            self._right_otherwise,
            "given a right letter that stands for another answer than the release's; the files' "
            "letter was scored",
        ):
            remarks.append(words)
        return remarks

    def _choices(self, brought: BroughtPrediction, content: ProblemContent) -> Choices | None:
        if self._protocol.answer_form is not AnswerForm.MULTIPLE_CHOICE:
            return None
        try:
            choices = brought.choices or _stated_choices(brought, content, self._protocol.seed)
        except UnknownLetterError as error:
            raise InvalidContentError(f"Problem {brought.problem_id}: {error}") from None
        if not is_same_answer(choices.text_of(choices.correct_letter), content.query.answer):
            self._right_otherwise.append(brought.problem_id)
        return choices

    def _ending(
        self, brought: BroughtPrediction, content: ProblemContent, choices: Choices | None
    ) -> Ending:
        if brought.error:
            return ending_of_failure(Failure(reason=storable(brought.error)))
        facts: dict[str, Any] = {
            name: storable(fact) if isinstance(fact, str) else fact
            for name, fact in brought.facts.items()
        }
        completion = Completion(
            text=storable(brought.completion)[:LONGEST_COMPLETION],
            is_refused=brought.is_refused,
            **facts,
        )
        request = Request(prompt=Prompt((), choices), content=content, protocol=self._protocol)
        ending = ending_of(request, completion)
        if not brought.is_letter_stated or choices is None:
            return ending
        read = parse_choice(completion.text, choices).letter
        self._read_otherwise += read != brought.letter
        return _as_stated(ending, brought.letter, content, choices)


def _stated_choices(brought: BroughtPrediction, content: ProblemContent, seed: int) -> Choices:
    if brought.correct_letter is not None:
        return published_choices(content, brought.correct_letter)
    choices = choices_for(content, seed)
    if choices is None:
        raise InvalidContentError(f"Problem {brought.problem_id} has no choices to choose from.")
    return choices


def _as_stated(
    ending: Ending, letter: str | None, content: ProblemContent, choices: Choices
) -> Ending:
    """The ending with the letter that the file states, or with none."""
    query = content.query
    answered = AnsweredQuery(parsed=letter, answer=query.answer, choices=choices)
    outcome = Outcome.OK if letter else Outcome.UNPARSABLE
    columns = {"outcome": outcome.value, "parsed": letter or "", "parse_pattern": STATED}
    scorer = "multiple_choice"
    return Ending(
        columns={**ending.columns, **columns}, scores={scorer: SCORERS[scorer].score(answered)}
    )


def _endpoint_named(model: str, by: User) -> ModelEndpoint:
    """The name under which imports of this model stand; WrongMomentError where it is asked here."""
    endpoint, is_new = ModelEndpoint.objects.get_or_create(
        name=model,
        defaults={"kind": EndpointKind.IMPORTED, "is_active": False, "created_by": by},
    )
    if not endpoint.is_imported:
        raise WrongMomentError(
            f"{model} is an endpoint that is asked here. Give what was made elsewhere another name."
        )
    if is_new:
        HistoryEntry.objects.record(
            What.ENDPOINT_ADDED, by=by, subject=endpoint, name=model, address="", key_variable=""
        )
    return endpoint


def _create_run(
    release: Release, endpoint: ModelEndpoint, protocol: Protocol, brought: Brought, by: User
) -> Run:
    now = timezone.now()
    try:
        with transaction.atomic():
            return Run.objects.create(
                release=release,
                endpoint=endpoint,
                protocol_json=protocol.to_json(),
                protocol_sha256=protocol.sha256(),
                import_sha256=brought.sha256,
                status=RunStatus.FINISHED,
                started_at=now,
                finished_at=now,
                started_by=by,
            )
    except IntegrityError:
        raise WrongMomentError(
            f"These files are imported already, as {endpoint} on {release}, {protocol.label}."
        ) from None


def _create_rows(run: Run, rows: Sequence[tuple[Prediction, Sequence[Score]]]) -> None:
    for position, (prediction, _) in enumerate(rows, start=1):
        prediction.run, prediction.position = run, position
    for some in batched(rows, 500, strict=False):
        Prediction.objects.bulk_create([prediction for prediction, _ in some])
        for prediction, scores in some:
            for score in scores:
                score.prediction = prediction
        Score.objects.bulk_create([score for _, scores in some for score in scores])


def _manifest(run: Run, brought: Brought, found: Fitting, planned: int) -> dict[str, Any]:
    """What is known of how it was made: the files, and nothing of any call."""
    digest = hashlib.sha256("".join(f"{one.sha256}\n" for one in found.revisions).encode())
    files = [
        {"name": each.name, "sha256": each.sha256, "size": each.size} for each in brought.sources
    ]
    models = {row.facts.get("served_model", "") for row in brought.predictions}
    return {
        "release": {"version": run.release.version, "revisions_sha256": digest.hexdigest()},
        "planned": planned,
        "excluded": 0,
        "protocol": run.protocol_json,
        "protocol_sha256": run.protocol_sha256,
        "endpoint": run.endpoint.manifest_entry(),
        "retries": [],
        "reported_models": sorted(models - {""}),
        "imported": {"files": files},
    }
