"""What pages show of a problem: panels with their images, findings beside their fields."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices
from django.forms import BoundField, Form
from django.utils import timezone

from curation.domain.consistency import Fix
from curation.domain.content import PanelContent, ProblemContent
from curation.domain.rules import Finding, findings
from curation.forms.writing import ExplanationForm
from curation.models import (
    ANNOTATION_CHOICES,
    Move,
    Panel,
    Problem,
    Removal,
    Review,
    Revision,
    Specialty,
    Status,
    StatusChange,
)
from curation.views.checking import Checked, anchor
from curation.views.commented import open_comments
from curation.views.found import ShownPanel

_MOST_REMOVALS = 50


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A form's field and what the rules say of it."""

    field: BoundField
    findings: Sequence[Finding]
    fix: Fix | None = None
    """What mends it at one press."""

    @property
    def is_wanted(self) -> bool:
        """Whether a submission needs it, although a draft does without."""
        return self.field.name not in {"accepted_variants", "alt_text"}


def explained(
    warnings: Iterable[Finding], explanations: Mapping[str, str]
) -> list[tuple[Finding, str]]:
    """One warning of each kind, with what the author said of it."""
    by_code = {finding.code: finding for finding in warnings}
    return [(finding, explanations.get(code, "")) for code, finding in by_code.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProblem:
    """A draft or a revision as pages show it."""

    content: ProblemContent
    panels: Sequence[ShownPanel]
    specialty: str

    @property
    def headline(self) -> str:
        """The question it asks."""
        asked = [panel.question for panel in reversed(self.content.panels) if panel.question]
        return asked[0] if asked else "No question yet"

    @property
    def query(self) -> PanelContent | None:
        """The panel a model must answer, once there is one."""
        return next(iter(self.content.queries), None)

    @property
    def annotations(self) -> list[tuple[str, str]]:
        """The six annotations in words."""
        chosen = self.content.annotations
        rows = [
            (name.replace("_", " ").capitalize(), _label(choices, getattr(chosen, name)))
            for name, choices in ANNOTATION_CHOICES.items()
        ]
        return [("Specialty", self.specialty or "not chosen"), *rows]


def _label(choices: type[TextChoices], value: str) -> str:
    return str(choices(value).label) if value else "not chosen"


def _specialty_name(content: ProblemContent) -> str:
    known = Specialty.objects.filter(pk=content.annotations.specialty).first()
    return known.name if known else content.annotations.specialty


def first_unfinished(check: Checked) -> tuple[Panel | None, str]:
    """Where to go on: the first panel that lacks something, then the annotations (no panel).

    With it the id of the field, which is empty when nothing blocks submitting.
    """
    by_panel = sorted(check.errors, key=lambda one: (one.panel is None, one.panel or 0))
    for finding in by_panel:
        place = None if finding.panel is None else check.panels[finding.panel].panel
        return place, anchor(finding)
    return None, ""


def checked(
    problem: Problem, *, on: Panel | None = None, explaining: ExplanationForm | None = None
) -> Checked:
    """Run the rules over a draft that was loaded `with_panels`, for the page of a panel or none."""
    found = findings(problem.draft())
    removals, now = _removals(problem), timezone.now()
    return Checked(
        problem=problem,
        panels=list(_panels(problem, found)),
        findings=found,
        requests=_requests(problem),
        returned=_returned(problem),
        comments=open_comments(problem),
        explaining=explaining,
        removals=removals,
        removal=next((removal for removal in removals if removal.is_offered_on(on, now)), None),
    )


def _panels(problem: Problem, found: Sequence[Finding]) -> Iterator[ShownPanel]:
    for index, panel in enumerate(problem.panels.all()):
        yield ShownPanel(
            label=panel.label,
            content=panel.content(),
            image=panel.image,
            panel=panel,
            findings=[finding for finding in found if finding.panel == index],
        )


def _removals(problem: Problem) -> Sequence[Removal]:
    """What the author took out in the last hours and may put back."""
    if not problem.is_editable:
        return ()
    return list(problem.removals.offered_at(timezone.now())[:_MOST_REMOVALS])


def _requests(problem: Problem) -> Sequence[Review]:
    """What reviewers asked for, while the author mends it."""
    if problem.status != Status.CHANGES_REQUESTED or problem.current_revision is None:
        return ()
    return list(problem.current_revision.reviews.asking_for_changes().with_parts())


def _returned(problem: Problem) -> StatusChange | None:
    """An editor's decision that the author should mend it, while they do."""
    if problem.status != Status.CHANGES_REQUESTED:
        return None
    last = problem.status_changes.sending_back().newest_first().first()
    return last if last is not None and last.move == Move.RETURN else None


def shown_draft(problem: Problem) -> ShownProblem:
    """What the author has written; load it `with_panels`."""
    content = problem.content()
    panels = [
        ShownPanel(label=panel.label, content=panel.content(), image=panel.image)
        for panel in problem.panels.all()
    ]
    return ShownProblem(content=content, panels=panels, specialty=_specialty_name(content))


def shown_revision(revision: Revision) -> ShownProblem:
    """What was frozen, with the images it was frozen with."""
    content, panels = revision.content(), shown_panels(revision)
    return ShownProblem(content=content, panels=panels, specialty=_specialty_name(content))


def shown_panels(revision: Revision) -> list[ShownPanel]:
    """The panels alone, without a query where `images` was prefetched."""
    images = {image.sha256: image for image in revision.images.all()}
    content = revision.content()
    return [
        ShownPanel(
            label="Query" if panel in content.queries else f"Example {number}",
            content=panel,
            image=images[panel.image.sha256] if panel.image else None,
        )
        for number, panel in enumerate(content.panels, start=1)
    ]


def field_rows(
    form: Form, found: Iterable[Finding], fixes: Mapping[str, Fix | None] | None = None
) -> list[FieldRow]:
    """The visible fields of a form, each with what the rules say beside it and what mends it."""
    known, fixes = list(found), fixes or {}
    return [
        FieldRow(
            field,
            [finding for finding in known if finding.field == field.name],
            fixes.get(field.name),
        )
        for field in form.visible_fields()
    ]
