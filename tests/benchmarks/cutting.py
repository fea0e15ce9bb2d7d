"""How long cutting and publishing a release of very many approved problems takes.

Each problem has four panels with pictures of their own and two approvals. One request does each of
both: its queries, its seconds and the most memory are said. `python -m tests.benchmarks.cutting
2000` measures it with fewer than 20,000 problems.
"""

import logging
import resource
import time
from collections.abc import Callable, Iterator

from django.db import connection, reset_queries
from django.db.models import OuterRef, Subquery
from django.test.utils import CaptureQueriesContext

from curation.composing import EVERYTHING, compose
from curation.domain.content import PanelContent, PanelRole, ProblemContent
from curation.models import (
    Image,
    ImageLicense,
    Problem,
    Release,
    Review,
    Revision,
    RevisionImage,
    Status,
    User,
    Verdict,
)
from curation.releases import cut_release, publish_release, suggested_version
from tests.benchmarks.collection import PROBLEMS, Collection
from tests.benchmarks.databases import analyze, empty_database, fill, say

_ROLES = (PanelRole.EXAMPLE,) * 3 + (PanelRole.QUERY,)


class _Approved(Collection):
    """All problems approved by two others."""

    def __init__(self) -> None:
        self._images: list[list[Image]] = []
        super().__init__()

    def revision(self, problem: Problem, number: int = 1) -> Revision:
        """What its author submitted, with everything that a release asks for."""
        shown = [self._image(problem, position) for position in range(len(_ROLES))]
        self._images.append(shown)
        panels = tuple(
            PanelContent(
                role=role,
                question="What does this image show?",
                answer=f"Finding {position % 3}",
                image=image.content(),
            )
            for position, (role, image) in enumerate(zip(_ROLES, shown, strict=True))
        )
        content = ProblemContent(
            problem_id=str(problem.pk), annotations=problem.annotations(), panels=panels
        )
        made = super().revision(problem, number)
        made.content_json, made.sha256 = content.canonical_json(), content.sha256()
        return made

    def _image(self, problem: Problem, position: int) -> Image:
        sha256 = f"{problem.pk.int ^ position << 128:064x}"
        return Image(
            uploaded_by=problem.author,
            sha256=sha256,
            media_type="image/png",
            width=512,
            height=512,
            byte_size=100_000,
            fingerprint=f"{self.dice.getrandbits(64):016x}",
            source="A clinic",
            license=ImageLicense.CC0,
            attribution="Somebody",
            alt_text="Something",
            no_patient_confirmed_at=self.now,
        )

    def fill(self) -> User:
        """All rows; an editor."""
        fill(Image, (image for shown in self._images for image in shown))
        fill(RevisionImage, self._links())
        fill(Review, self._reviews())
        current = Revision.objects.filter(problem=OuterRef("pk")).values("pk")[:1]
        Problem.objects.update(status=Status.SUBMITTED, current_revision=Subquery(current))
        Problem.objects.update(status=Status.APPROVED)
        analyze()
        return User.objects.create_user("editor@example.org", name="Editor", is_editor=True)

    def _links(self) -> Iterator[RevisionImage]:
        for revision, shown in zip(self.revisions, self._images, strict=True):
            for image in shown:
                yield RevisionImage(revision=revision, image=image)

    def _reviews(self) -> Iterator[Review]:
        for revision in self.revisions:
            for reviewer in self.judges(revision, 2):
                yield Review(
                    revision=revision,
                    reviewer=reviewer,
                    verdict=Verdict.APPROVE,
                    annotations=self.annotations(),
                    seconds=self.dice.randint(60, 3600),
                )


def _tell[T](what: str, act: Callable[[], T]) -> T:
    reset_queries()
    wall, cpu = time.perf_counter(), time.process_time()
    with CaptureQueriesContext(connection) as captured:
        done = act()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(
        f"  {what}: {wall:.1f} s, CPU {cpu:.1f} s, {len(captured):,} queries, "
        f"{peak:.0f} MB of memory at most so far"
    )
    return done


def _measure() -> None:
    logging.disable(logging.INFO)
    with empty_database() as vendor:
        filling = _Approved()
        editor = filling.fill()
        del filling
        say(f"{vendor}, {PROBLEMS:,} approved problems:")
        version = suggested_version()
        releasable = Problem.objects.releasable()
        _tell(
            "what it would list",
            lambda: compose(releasable, EVERYTHING, held_out_percent=10, seed=1),
        )
        release = _tell(
            "cutting",
            lambda: cut_release(version, notes="", by=editor, held_out_percent=10),
        )
        Release.objects.filter(pk=release.pk).update(status=Release.Status.READY)
        _tell("publishing", lambda: publish_release(release, by=editor))


if __name__ == "__main__":
    _measure()
