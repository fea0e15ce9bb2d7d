"""Problems as they are written: annotations, panels, status."""

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q

from curation.domain.content import Annotations, PanelContent, PanelRole, ProblemContent
from curation.domain.rules import Draft
from curation.models.annotations import (
    AnswerFormat,
    CognitiveProcess,
    Difficulty,
    ImageType,
    Rarity,
)
from curation.models.awaiting import AwaitingQuerySet
from curation.models.image import Image
from curation.models.likeness import ImageLikeness
from curation.models.specialty import Specialty
from curation.models.status import EDITABLE, GIVEN_UP, RELEASABLE, UNFROZEN, Status

if TYPE_CHECKING:
    from curation.models.user import User


class ProblemQuerySet(AwaitingQuerySet["Problem"]):
    """Which problems?"""

    def written_by(self, person: "User") -> Self:
        """Those of one author."""
        return self.filter(author=person)

    def visible_to(self, person: "User") -> Self:
        """An author's own; for reviewers what was submitted; for editors everything."""
        if person.is_editor:
            return self
        visible = Q(author=person)
        if person.is_reviewer:
            visible |= ~Q(status__in=UNFROZEN)
        return self.filter(visible)

    def in_status(self, *statuses: Status) -> Self:
        """Those that are in one of these statuses."""
        return self.filter(status__in=statuses)

    def of_specialty(self, *slugs: str) -> Self:
        """Those of one specialty, or of any of these."""
        return self.filter(specialty__in=slugs)

    def saying(self, text: str) -> Self:
        """Those with this text in a question or an answer, or by an author of this name."""
        said = Panel.objects.filter(Q(question__icontains=text) | Q(answer__icontains=text))
        is_meant = Q(pk__in=said.values("problem")) | Q(author__name__icontains=text)
        return self.filter(is_meant) if text else self

    def described_as(self, **chosen: str | int) -> Self:
        """Those whose author and annotations are as chosen, "" where the author chose none yet."""
        wanted = Q()
        for name, value in chosen.items():
            wanted &= (
                Q(specialty=None) if (name, value) == ("specialty", "") else Q(**{name: value})
            )
        return self.filter(wanted)

    def count_by_status(self) -> dict[str, int]:
        """How many are in each status that any is in."""
        rows = self.order_by().values_list("status").annotate(count=models.Count("pk"))
        return dict(rows)

    def releasable(self) -> Self:
        """Those that a release may list: approved, or published before and still standing."""
        return self.in_status(*RELEASABLE).order_by("created_at", "id")

    def showing_any(self, images: Iterable[Image]) -> Self:
        """Those that show one of these pictures, or one that looks like it."""
        shown = list(images)
        hashes = {name for image in shown for name in (image.sha256, image.origin_sha256) if name}
        same = Image.objects.filter(sha256__in=hashes)
        alike = ImageLikeness.objects.of(shown)
        known = Q(image__in=same.values("pk")) | Q(image__in=alike.values("other"))
        return self.filter(pk__in=Panel.objects.filter(known).values("problem"))

    def showing(self, image: Image) -> Self:
        """Those that show exactly this image."""
        return self.filter(pk__in=Panel.objects.filter(image=image).values("problem"))

    def standing_for(self, person: "User") -> Self:
        """All but what this person wrote and gave up, or was refused: it is in nobody's way."""
        return self.exclude(author=person, status__in=GIVEN_UP)

    def written_before(self, problem: "Problem") -> Self:
        """What the same author started earlier, the newest first."""
        earlier = self.filter(author=problem.author_id, created_at__lt=problem.created_at)
        return earlier.order_by("-created_at")

    def with_panels(self) -> Self:
        """With everything a page shows of a problem, in three queries at any number of rows."""
        panels = Panel.objects.in_order().select_related("image")
        return self.select_related(
            "author__specialty", "specialty", "current_revision"
        ).prefetch_related(Prefetch("panels", queryset=panels))


class Problem(models.Model):
    """One in-context task: ordered examples and one query."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="problems"
    )
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    current_revision = models.OneToOneField(
        "curation.Revision", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, null=True, blank=True)
    answer_format = models.CharField(max_length=20, choices=AnswerFormat, blank=True)
    image_type = models.CharField(max_length=20, choices=ImageType, blank=True)
    cognitive_process = models.CharField(max_length=20, choices=CognitiveProcess, blank=True)
    rarity = models.CharField(max_length=20, choices=Rarity, blank=True)
    difficulty = models.CharField(max_length=20, choices=Difficulty, blank=True)
    explanations = models.JSONField(default=dict, blank=True)

    # Raised by every change of the draft: a save that started from an older one is refused.
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProblemQuerySet.as_manager()

    class Meta:
        ordering = ("-updated_at", "id")
        constraints = [
            models.CheckConstraint(
                name="problem_status_is_known", condition=Q(status__in=Status.values)
            ),
            models.CheckConstraint(
                name="problem_beyond_draft_has_revision",
                condition=Q(status__in=UNFROZEN) | Q(current_revision__isnull=False),
            ),
        ]
        indexes = [
            # written_by, newest first: "My problems"
            models.Index(fields=("author", "-updated_at"), name="problem_by_author"),
            # in_status: releasable, counts; read from its end, awaiting_review_by: the queue
            models.Index(fields=("status", "-updated_at"), name="problem_by_status"),
            # of_specialty, awaiting_review_by: the queue of one specialty
            models.Index(
                fields=("specialty", "status", "-updated_at"), name="problem_by_specialty"
            ),
            # Meta.ordering: the first page of a list, whatever else it is limited to
            models.Index(fields=("-updated_at", "id"), name="problem_by_change"),
            # the API's list: by what never changes, so that no page repeats or leaves out a row
            models.Index(fields=("created_at", "id"), name="problem_by_creation"),
            # described_as: what a cell of the coverage leads to; coverage._cells reads it alone
            models.Index(
                fields=("specialty", "image_type", "difficulty", "status"),
                name="problem_by_annotations",
            ),
        ]

    def __str__(self) -> str:
        return f"problem {str(self.id)[:8]}"

    @property
    def is_editable(self) -> bool:
        """Whether its author may write in it now."""
        return self.status in EDITABLE

    def headline(self) -> str:
        """What lists call it: the question it asks. Load it `with_panels`."""
        questions = [panel.question for panel in reversed(self.panels.all()) if panel.question]
        return questions[0] if questions else "No question yet"

    def annotations(self) -> Annotations:
        """The frozen value of the six annotations."""
        return Annotations(
            specialty=self.specialty_id or "",
            answer_format=self.answer_format,
            image_type=self.image_type,
            cognitive_process=self.cognitive_process,
            rarity=self.rarity,
            difficulty=self.difficulty,
        )

    def content(self) -> ProblemContent:
        """The frozen value of the draft as it is now; load it `with_panels` for few queries."""
        return ProblemContent(
            problem_id=str(self.id),
            annotations=self.annotations(),
            panels=tuple(panel.content() for panel in self.panels.all()),
        )

    def draft(self) -> Draft:
        """What the rules look at; load it `with_panels` for few queries."""
        images = [panel.image for panel in self.panels.all() if panel.image]
        return self.known_of(self.content(), images)

    def known_of(self, content: ProblemContent, images: Iterable[Image]) -> Draft:
        """A content of this problem with what the collection knows of its images: two queries."""
        shown = list(images)
        elsewhere = Panel.objects.outside(self)
        return Draft(
            content=content,
            fingerprints={image.sha256: image.fingerprint for image in shown},
            origins={image.sha256: image.origin_sha256 for image in shown if image.origin_sha256},
            seen_elsewhere=elsewhere.showing_the_same_as(shown),
            alike_elsewhere=elsewhere.showing_what_is_like(shown),
            unattested_text=frozenset(image.sha256 for image in shown if image.has_unattested_text),
        )


class PanelQuerySet(models.QuerySet["Panel"]):
    """Which panels?"""

    def in_order(self) -> Self:
        """Examples as authored, then the query."""
        return self.order_by("position")

    def outside(self, problem: Problem) -> Self:
        """Those of all other problems, but not of those that its author gave up."""
        others = self.exclude(problem=problem)
        return others.exclude(problem__author=problem.author_id, problem__status__in=GIVEN_UP)

    def showing_the_same_as(self, images: Iterable[Image]) -> frozenset[str]:
        """The SHA-256 of those images that they show, too, also where it was brought by another.

        What an image was cut or covered from counts as the image.
        """
        shown = [(image.sha256, image.origin_sha256) for image in images]
        wanted = {name for names in shown for name in names if name}
        held = self.filter(image=OuterRef("pk"))
        same = Image.objects.filter(sha256__in=wanted).filter(Exists(held))
        found = set(same.values_list("sha256", flat=True))
        return frozenset(names[0] for names in shown if not found.isdisjoint(names))

    def showing_what_is_like(self, images: Iterable[Image]) -> frozenset[str]:
        """The SHA-256 of those images of which they show something that looks alike."""
        held = self.filter(image=OuterRef("other"))
        pairs = ImageLikeness.objects.of(images).filter(Exists(held))
        return frozenset(pairs.values_list("image__sha256", flat=True).distinct())


class Panel(models.Model):
    """One question-image-answer triplet of a problem."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="panels")
    role = models.CharField(
        max_length=10, choices=[(role.value, role.value.capitalize()) for role in PanelRole]
    )
    # From 0, without gaps, the query last.
    position = models.PositiveSmallIntegerField()
    question = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    accepted_variants = models.JSONField(default=list, blank=True)
    image = models.ForeignKey(
        Image, on_delete=models.PROTECT, null=True, blank=True, related_name="panels"
    )

    objects = PanelQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(fields=("problem", "position"), name="panel_one_a_position"),
            models.UniqueConstraint(
                fields=("problem",), condition=Q(role="query"), name="panel_one_query_a_problem"
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in PanelRole]), name="panel_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_query(self) -> bool:
        """Whether this is the panel to be answered."""
        return self.role == PanelRole.QUERY

    @property
    def label(self) -> str:
        """What pages call it."""
        return "Query" if self.is_query else f"Example {self.position + 1}"

    def content(self) -> PanelContent:
        """The frozen value of this panel."""
        return PanelContent(
            role=PanelRole(self.role),
            question=self.question,
            answer=self.answer,
            accepted_variants=tuple(self.accepted_variants),
            image=self.image.content() if self.image else None,
        )
