"""Importing a release that was made elsewhere: an editor signs for it, and it is released here.

Everything was looked at before, and its pictures lie where they stay, which shows nowhere. All rows
are made in one transaction: whoever is killed before its end has imported nothing.
"""

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from curation import releases, workflow
from curation.domain.bundle.canary import canary_guid
from curation.domain.content import Annotations, ImageContent, ProblemContent
from curation.domain.importing.release_folder import ReleaseFolder
from curation.errors import InvalidContentError, WrongMomentError
from curation.inspecting import Look
from curation.likening import liken
from curation.models import (
    CoveredRevision,
    Image,
    Panel,
    Problem,
    Provenance,
    Release,
    ReleaseItem,
    Revision,
    RevisionImage,
    Specialty,
    User,
    What,
)
from curation.models.status import RELEASABLE

_AT_ONCE = 100
_FACTS = ("source", "license", "attribution", "alt_text")


def require_importable(version: str) -> None:
    """Raise, before anything is looked at, where no release of this version can be made now."""
    releases.require_next(version)


def import_release(
    folder: ReleaseFolder, look: Look, *, version: str, by: User, is_public: bool = True
) -> Release:
    """Make the draft of a release that has what was looked at, all of it or nothing.

    Its new problems are approved by the editor's signature alone, which is kept as provenance.
    """
    if not by.is_editor:
        raise InvalidContentError(f"{by} is no editor: only an editor signs for a release.")
    if look.against:
        raise InvalidContentError(" ".join(look.against))
    if not look.taken:
        raise InvalidContentError("There is no problem in it that can be released.")
    try:
        with transaction.atomic():
            return _Importing(folder=folder, look=look, by=by, is_public=is_public).release(version)
    except IntegrityError as error:
        raise WrongMomentError(
            f"Nothing was imported, for the database refused it: {error} If somebody made a "
            "release or imported the same problems at this moment, run it once more."
        ) from error


@dataclass(slots=True, kw_only=True)
class _Importing:
    """The one transaction in which everything of a release is made."""

    folder: ReleaseFolder
    look: Look
    by: User
    is_public: bool
    _images: dict[str, Image] = field(default_factory=dict)

    def release(self, version: str) -> Release:
        self._hold_known()
        releases.require_next(version)
        release = self._create(version)
        provenance = self._sign(version)
        ids = self._make_problems(provenance)
        self._take_over(provenance)
        self._list(release, ids)
        releases.record(
            What.RELEASE_IMPORTED,
            release,
            by=self.by,
            manifest_sha256=provenance.manifest_sha256,
            problems=self.look.taken,
            provenance=provenance.pk,
        )
        return release

    def _hold_known(self) -> None:
        """What is here already, locked; still as it was when it was looked at."""
        standing = Problem.objects.in_status(*RELEASABLE).select_for_update(of=("self",))
        for known in itertools.batched(sorted(self.look.known), _AT_ONCE, strict=False):
            if len(standing.in_bulk([UUID(problem_id) for problem_id in known])) < len(known):
                raise WrongMomentError(
                    "A problem that is here already was moved. Run it once more."
                )

    def _create(self, version: str) -> Release:
        described = self.folder.description
        card = described.to_json()
        for column in ("version", "notes", "seed"):
            del card[column]
        if version != described.version:
            card["canary"] = canary_guid(described)
        if version != described.version or not self.folder.origin.has_manifest:
            card["homepage"] = settings.SITE_URL  # where it is from has no page of this version
        card["imported"] = [*card["imported"], self._imported()]
        return Release.objects.create(
            version=version,
            notes=described.notes,
            seed=described.seed,
            cut_by=self.by,
            card=card,
            is_public=self.is_public,
        )

    def _imported(self) -> dict[str, Any]:
        origin = asdict(self.folder.origin)
        named = {name: origin[name] for name in ("name", "version", "homepage")}
        return named | {"authors": list(origin["authors"]), "problems": self.look.taken}

    def _sign(self, version: str) -> Provenance:
        origin = self.folder.origin
        return Provenance.objects.create(
            imported_by=self.by,
            version=version,
            origin_name=origin.name,
            origin_version=origin.version,
            origin_homepage=origin.homepage,
            origin_authors=list(origin.authors),
            manifest_sha256=origin.manifest_sha256,
            has_manifest=origin.has_manifest,
            no_patient_confirmed=origin.no_patient_confirmed_anew,
        )

    def _make_problems(self, provenance: Provenance) -> list[str]:
        """The rows of what is new; the ids of all in the release's order."""
        ids = []
        for read in self.folder.problems():
            content = read.content
            if content is None:
                continue
            if content.problem_id in self.look.new:
                self._make_problem(content, provenance)
            if content.problem_id in self.look.new or content.problem_id in self.look.known:
                ids.append(content.problem_id)
        return ids

    def _make_problem(self, content: ProblemContent, provenance: Provenance) -> None:
        images = [self._image(image) for image in content.images]
        problem = Problem.objects.create(
            pk=UUID(content.problem_id), author=self.by, **_annotated(content.annotations)
        )
        panels = zip(content.panels, images, strict=True)
        Panel.objects.bulk_create(
            Panel(
                problem=problem,
                position=position,
                role=panel.role,
                question=panel.question,
                answer=panel.answer,
                accepted_variants=list(panel.accepted_variants),
                image=image,
            )
            for position, (panel, image) in enumerate(panels)
        )
        revision = self._freeze(problem, content, images)
        CoveredRevision.objects.create(
            provenance=provenance,
            revision=revision,
            accepted_errors=list(self.look.new[content.problem_id]),
        )

    def _freeze(
        self, problem: Problem, content: ProblemContent, images: Sequence[Image]
    ) -> Revision:
        revision = Revision.objects.create(
            problem=problem,
            number=1,
            content_json=content.canonical_json(),
            sha256=content.sha256(),
            required_approvals=settings.REQUIRED_APPROVALS,
            submitted_by=self.by,
        )
        distinct = {image.pk: image for image in images}.values()
        RevisionImage.objects.bulk_create(
            RevisionImage(revision=revision, image=image) for image in distinct
        )
        return revision

    def _image(self, content: ImageContent) -> Image:
        """The editor's own image of these bytes; what it does not say yet is filled in."""
        if content.sha256 in self._images:
            return self._images[content.sha256]
        image, _ = Image.objects.get_or_create(
            uploaded_by=self.by,
            sha256=content.sha256,
            defaults=self.look.pictures[content.sha256],
        )
        liken(image)
        _fill_in(image, content)
        self._images[content.sha256] = image
        return image

    def _take_over(self, provenance: Provenance) -> None:
        # Last, for all who enter anything into the history from here on wait for the end.
        made = Revision.objects.filter(covered__provenance=provenance).order_by("pk")
        comment = f"Imported from {provenance}, manifest {provenance.manifest_sha256}"
        for revision in made.select_related("problem").iterator(chunk_size=_AT_ONCE):
            workflow.take_over(revision, by=self.by, comment=comment)

    def _list(self, release: Release, ids: Sequence[str]) -> None:
        for batch in itertools.batched(enumerate(ids), _AT_ONCE, strict=False):
            problems = Problem.objects.in_bulk([UUID(problem_id) for _, problem_id in batch])
            ReleaseItem.objects.bulk_create(
                ReleaseItem(
                    release=release,
                    problem_id=UUID(problem_id),
                    # `problem_beyond_draft_has_revision` holds it for every approved problem
                    revision_id=cast("int", problems[UUID(problem_id)].current_revision_id),
                    position=position,
                )
                for position, problem_id in batch
            )


def _annotated(annotations: Annotations) -> dict[str, Any]:
    """The columns of a problem; a specialty that is new here is added."""
    plain: dict[str, Any] = asdict(annotations)
    slug = plain.pop("specialty")
    if not slug:
        return plain
    is_named = Specialty.objects.filter(name=slug).exists()
    name = f"{slug} (imported)" if is_named else slug
    specialty, _ = Specialty.objects.get_or_create(slug=slug, defaults={"name": name})
    return plain | {"specialty": specialty}


def _fill_in(image: Image, content: ImageContent) -> None:
    gaps = {name: getattr(content, name) for name in _FACTS if not getattr(image, name)}
    if content.no_patient_confirmed and image.no_patient_confirmed_at is None:
        gaps["no_patient_confirmed_at"] = timezone.now()
    for name, value in gaps.items():
        setattr(image, name, value)
    image.save(update_fields=list(gaps))
