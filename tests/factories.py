"""People, pictures, problems and releases for tests, made as the guards of the database allow.

Problems are taken to their status by rows, not by verbs, so that tests of evaluation do not depend
on those of curation.
"""

import hashlib
import itertools
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone
from PIL import Image as Pillow

from curation.domain.content import PanelRole, ProblemContent
from curation.models import (
    AnswerFormat,
    CognitiveProcess,
    Difficulty,
    Image,
    ImageLicense,
    ImageType,
    Panel,
    Problem,
    Rarity,
    Release,
    ReleaseItem,
    Review,
    Revision,
    Specialty,
    Status,
    User,
    Verdict,
)

_numbers = itertools.count(1)

DIAGNOSES = ("Pneumothorax", "Cardiomegaly", "Pleural effusion")


CARD = {
    "name": "A benchmark",
    "license": "CC-BY-4.0",
    "homepage": "",
    "authors": ["An author"],
    "approvals_required": 2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one panel of a made problem says."""

    answer: str
    question: str = "What does this image show?"
    accepted_variants: tuple[str, ...] = ()
    picture: int | None = None  # the number of its picture; a new one if None


def make_person(email: str = "", **fields: Any) -> User:
    """A person with a name; roles by `is_author=True` and so on."""
    email = email or f"person{next(_numbers)}@example.org"
    return User.objects.create_user(email, **{"name": email.partition("@")[0], **fields})


def make_editor() -> User:
    """A person who may set up endpoints, cut releases and start runs."""
    return make_person(is_editor=True)


@lru_cache(maxsize=256)
def png_bytes(number: int, side: int = 48) -> bytes:
    """A picture unlike those of other numbers: a bright disc somewhere on a tinted ground."""
    dice = np.random.default_rng(number)
    rows, columns = np.mgrid[:side, :side]
    down, across = dice.uniform(side / 4, 3 * side / 4, 2)
    disc = (rows - down) ** 2 + (columns - across) ** 2 < (side / 5) ** 2
    ground = dice.integers(0, 120, 3)
    pixels = np.where(disc[..., None], dice.integers(140, 256, 3), ground).astype(np.uint8)
    buffer = BytesIO()
    Pillow.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def make_image(person: User, number: int | None = None) -> Image:
    """A described picture whose bytes lie in the images storage; the same for the same number."""
    content = png_bytes(next(_numbers) if number is None else number)
    sha256 = hashlib.sha256(content).hexdigest()
    image, _ = Image.objects.get_or_create(
        uploaded_by=person,
        sha256=sha256,
        defaults={
            "media_type": "image/png",
            "width": 48,
            "height": 48,
            "byte_size": len(content),
            "fingerprint": sha256[:16],
            "source": "Made for tests",
            "license": ImageLicense.CC0,
            "attribution": "Nobody",
            "alt_text": "A disc",
            "no_patient_confirmed_at": timezone.now(),
        },
    )
    if not storages["images"].exists(image.storage_name):
        storages["images"].save(image.storage_name, ContentFile(content))
    return image


def make_problem(
    author: User | None = None,
    *,
    examples: tuple[Shown, ...] = (),
    query: Shown | None = None,
    **fields: Any,
) -> Problem:
    """A complete draft: by default three examples, and a query that the second one answers."""
    author = author or make_person(is_author=True)
    examples = examples or tuple(Shown(answer=answer) for answer in DIAGNOSES)
    specialty, _ = Specialty.objects.get_or_create(slug="radiology", defaults={"name": "Radiology"})
    problem = Problem.objects.create(
        author=author,
        specialty=specialty,
        answer_format=AnswerFormat.FREE_RESPONSE,
        image_type=ImageType.XRAY,
        cognitive_process=CognitiveProcess.CLASSIFICATION,
        rarity=Rarity.COMMON,
        difficulty=Difficulty.EASY,
        **fields,
    )
    shown = [*examples, query or Shown(answer=DIAGNOSES[1])]
    for position, one in enumerate(shown):
        is_query = position == len(shown) - 1
        Panel.objects.create(
            problem=problem,
            role=PanelRole.QUERY if is_query else PanelRole.EXAMPLE,
            position=position,
            question=one.question,
            answer=one.answer,
            accepted_variants=list(one.accepted_variants),
            image=make_image(author, one.picture),
        )
    return problem


def submit(problem: Problem) -> Revision:
    """Freeze the draft as its first revision."""
    content = problem.content()
    revision = Revision.objects.create(
        problem=problem,
        number=1,
        content_json=content.canonical_json(),
        sha256=content.sha256(),
        required_approvals=2,
        submitted_by=problem.author,
    )
    revision.images.set(Image.objects.filter(panels__problem=problem))
    _set_status(problem, Status.SUBMITTED, current_revision=revision)
    return revision


def approve(problem: Problem, *reviewers: User) -> None:
    """Two people who did not write it approve the submitted revision."""
    revision = problem.current_revision
    assert revision is not None
    for reviewer in reviewers or (make_person(is_reviewer=True), make_person(is_reviewer=True)):
        Review.objects.create(revision=revision, reviewer=reviewer, verdict=Verdict.APPROVE)
    _set_status(problem, Status.APPROVED)


def make_approved(problem: Problem, *reviewers: User) -> Problem:
    """The problem, submitted and approved."""
    submit(problem)
    approve(problem, *reviewers)
    return problem


def make_release(
    *problems: Problem,
    version: str = "",
    by: User | None = None,
    held_out: Collection[Problem] = (),
) -> Release:
    """A ready release of approved problems, in this order."""
    release = Release.objects.create(
        version=version or f"1.0.{next(_numbers)}", cut_by=by or make_editor(), card=CARD
    )
    for position, problem in enumerate(problems):
        assert problem.current_revision is not None
        ReleaseItem.objects.create(
            release=release,
            problem=problem,
            revision=problem.current_revision,
            position=position,
            is_held_out=problem in held_out,
            seal="5" * 64 if problem in held_out else "",
        )
    Release.objects.filter(pk=release.pk).update(
        status=Release.Status.READY,
        stage=Release.Stage.PUBLISHED,
        published_at=release.cut_at,
        published_by=release.cut_by,
    )
    for problem in problems:
        _set_status(problem, Status.PUBLISHED)
    release.refresh_from_db()
    return release


def make_release_of(count: int) -> Release:
    """A release of so many problems, alike but for their pictures, by one author."""
    author = make_person(is_author=True)
    reviewers = make_person(is_reviewer=True), make_person(is_reviewer=True)
    problems = [make_approved(make_problem(author), *reviewers) for _ in range(count)]
    return make_release(*problems)


def contents_of(release: Release) -> list[ProblemContent]:
    """What the release's revisions say, in order."""
    items = release.items.select_related("revision").order_by("position")
    return [item.revision.content() for item in items]


def _set_status(problem: Problem, status: Status, **fields: Any) -> None:
    Problem.objects.filter(pk=problem.pk).update(status=status, **fields)
    problem.refresh_from_db()
