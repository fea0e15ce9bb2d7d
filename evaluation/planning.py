"""Planning runs: which predictions there are, in which order they are asked, by which prompts.

The same release, protocol and prompts give the same plan on every machine. A row's key within its
run is its revision, its order and its repeat; the foreign examples and the form of the answer are
the protocol's, which is the run's. Rows are made batch by batch, so that memory does not grow with
the release.
"""

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import batched
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from curation.domain.content import ProblemContent
from curation.errors import InvalidContentError, WrongMomentError
from curation.models import Release, ReleaseItem, Revision, User
from evaluation.domain.arms import AnswerForm, Input, Noise, Shots
from evaluation.domain.noise import ForeignExample, Pool
from evaluation.domain.prompting import Prompter, PromptError
from evaluation.domain.protocol import Protocol
from evaluation.domain.showing import Matcher, ShownExample, Variant, variants_of
from evaluation.domain.template import template_sha256
from evaluation.models import EndpointKind, ModelEndpoint, PlannedRow, Prediction, Run
from evaluation.variants import contents_by_problem, shown_json

ALREADY_RUNNING = (
    "This endpoint is already running this protocol on this release; wait or cancel it."
)
_REVISIONS_AT_ONCE = 100
_ROWS_AT_ONCE = 2000
_PACKAGES = ("aiohttp", "django", "pillow")


@transaction.atomic
def plan_run(release: Release, endpoint: ModelEndpoint, protocol: Protocol, *, by: User) -> Run:
    """A queued run with a prediction for each way in which each problem is asked.

    InvalidContentError where nothing can be asked, WrongMomentError where it is not the moment.
    """
    endpoint = ModelEndpoint.objects.locked(endpoint.pk)
    require_askable(endpoint, protocol)
    run = _create_run(release, endpoint, protocol, by)
    plan = _Plan(run, protocol)
    for batch in asked_revisions(release, protocol):
        made = (row for asked in batch for row in plan.rows_of(asked))
        for rows in batched(made, _ROWS_AT_ONCE, strict=False):
            Prediction.objects.plan(run, rows)
    if not plan.size:
        raise InvalidContentError(
            f"No problem of release {release} can be asked as {protocol.label}. "
            "Choose another protocol or release."
        )
    run.excluded_count = plan.excluded
    run.manifest = _manifest(run, plan)
    run.save(update_fields=["excluded_count", "manifest"])
    return run


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRevision:
    """A revision and the ways in which it is asked; none where the protocol leaves it out."""

    revision: Revision
    content: ProblemContent
    variants: Sequence[Variant]


def asked_revisions(release: Release, protocol: Protocol) -> Iterator[list[AskedRevision]]:
    """The revisions of a release in its order, with their variants, batch by batch."""
    pool = None
    if protocol.noise is not Noise.NONE:
        pool = Pool((revision.content() for revision in _revisions(release)), protocol)
    for revisions in batched(_revisions(release), _REVISIONS_AT_ONCE, strict=False):
        contents = [revision.content() for revision in revisions]
        drawn = [pool.drawn_for(content) if pool else () for content in contents]
        wanted = {one.problem_id for examples in drawn for one in examples or ()}
        sources = contents_by_problem(Q(release=release), wanted)
        yield [
            AskedRevision(
                revision=revision,
                content=content,
                variants=_variants(content, protocol, release.seed, _foreign(examples, sources)),
            )
            for revision, content, examples in zip(revisions, contents, drawn, strict=True)
        ]


def _foreign(
    drawn: Iterable[ForeignExample] | None, sources: dict[str, ProblemContent]
) -> list[ShownExample] | None:
    if drawn is None:
        return None
    return [ShownExample.of(sources[one.problem_id], one.place) for one in drawn]


def _variants(
    content: ProblemContent,
    protocol: Protocol,
    set_seed: int,
    foreign: Sequence[ShownExample] | None,
) -> Sequence[Variant]:
    if foreign is None:  # there are too few other problems to draw from
        return ()
    return variants_of(content, protocol, set_seed=set_seed, foreign=foreign)


@dataclass(slots=True)
class _Plan:
    """Makes the rows of a run, and counts and hashes what it made."""

    run: Run
    protocol: Protocol
    size: int = 0
    excluded: int = 0
    revisions: Any = field(default_factory=hashlib.sha256)
    rows: Any = field(default_factory=hashlib.sha256)

    def rows_of(self, asked: AskedRevision) -> list[PlannedRow]:
        """The predictions of a revision, at the next positions."""
        revision = asked.revision.sha256
        self.revisions.update(f"{revision}\n".encode())
        made = _rows(asked, self.protocol, after=self.size)
        self.excluded += not made
        self.size += len(made)
        keys = (f"{revision} {row.order} {row.repeat} {row.prompt_sha256}\n" for row in made)
        self.rows.update("".join(keys).encode())
        return made


def _rows(asked: AskedRevision, protocol: Protocol, *, after: int) -> list[PlannedRow]:
    """The rows of a revision from the position ``after`` on; what its variants share, made once."""
    try:
        prompter = Prompter(asked.content, protocol)
    except PromptError:
        return []
    matcher, rows = Matcher(asked.content), list[PlannedRow]()
    choices = json.dumps(prompter.choices.to_json()) if prompter.choices else None
    for variant in asked.variants:
        try:
            prompt = prompter.prompt(variant.shown)
        except PromptError:
            continue
        position = matcher.position(variant.shown)
        row = PlannedRow(
            revision_id=asked.revision.pk,
            order=variant.order,
            repeat=variant.repeat,
            position=after + len(rows) + 1,
            shown_json=json.dumps(shown_json(asked.content, variant)),
            matching_position=position,
            is_answer_shown=position is not None,
            prompt_sha256=prompt.sha256(),
            image_count=len(prompt.images),
            choices_json=choices,
        )
        rows.append(row)
    return rows


def require_askable(endpoint: ModelEndpoint, protocol: Protocol) -> None:
    """Refuse an endpoint that is out of use, and what a baseline has no answer to.

    WrongMomentError for the one, InvalidContentError for the other.
    """
    if not endpoint.is_active:
        raise WrongMomentError(f"{endpoint} is not in use. Set it to active first.")
    if endpoint.is_baseline:
        _require_answerable(EndpointKind(endpoint.kind), protocol)


def _require_answerable(baseline: EndpointKind, protocol: Protocol) -> None:
    if protocol.answer_form.is_ranked:
        raise InvalidContentError("A baseline finds nothing likely; choose another answer form.")
    if baseline is EndpointKind.RANDOM_CHOICE:
        if protocol.answer_form is AnswerForm.OPEN:
            raise InvalidContentError("This baseline draws a letter; choose multiple choice.")
    elif protocol.shots is Shots.NONE:
        raise InvalidContentError(
            "A baseline answers with an example's answer; choose a protocol with examples."
        )
    elif baseline is EndpointKind.MOST_ALIKE_EXAMPLE and protocol.input is not Input.FULL:
        raise InvalidContentError("This baseline compares images; choose a protocol with all.")


def _create_run(release: Release, endpoint: ModelEndpoint, protocol: Protocol, by: User) -> Run:
    try:
        with transaction.atomic():
            return Run.objects.create(
                release=release,
                endpoint=endpoint,
                protocol_json=protocol.to_json(),
                protocol_sha256=protocol.sha256(),
                started_by=by,
            )
    except IntegrityError:
        raise WrongMomentError(ALREADY_RUNNING) from None


def _revisions(release: Release) -> Iterator[Revision]:
    items = ReleaseItem.objects.filter(release=release).select_related("revision")
    return (item.revision for item in items.order_by("position").iterator(chunk_size=500))


def _manifest(run: Run, plan: _Plan) -> dict[str, Any]:
    return {
        "release": {
            "version": run.release.version,
            "revisions_sha256": plan.revisions.hexdigest(),
            "seed": run.release.seed,
        },
        "planned": plan.size,
        "plan_sha256": plan.rows.hexdigest(),
        "excluded": run.excluded_count,
        "protocol": run.protocol_json,
        "protocol_sha256": run.protocol_sha256,
        "prompt_template_sha256": template_sha256(),
        "endpoint": run.endpoint.manifest_entry(),
        "retries": [],
        "reported_models": [],
        "packages": {
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
    }
