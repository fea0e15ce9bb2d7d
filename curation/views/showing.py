"""What pages show of a problem: panels with their images, findings beside their fields."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.forms import BoundField, Form

from curation.domain.content import Annotations, PanelContent
from curation.domain.rules import Finding, findings
from curation.models import (
    AnswerFormat,
    CognitiveProcess,
    Difficulty,
    Image,
    ImageType,
    Panel,
    Problem,
    Rarity,
    Revision,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPanel:
    """A panel of a draft or of a revision, with the image whose address the page needs."""

    label: str
    content: PanelContent
    image: Image | None
    panel: Panel | None = None
    findings: Sequence[Finding] = ()

    @property
    def has_errors(self) -> bool:
        """Whether something of it blocks submitting."""
        return any(finding.is_error for finding in self.findings)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A form's field and what the rules say of it."""

    field: BoundField
    findings: Sequence[Finding]

    @property
    def is_wanted(self) -> bool:
        """Whether a submission needs it, although a draft does without."""
        return self.field.name not in {"accepted_variants", "alt_text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A draft with everything the rules say of it."""

    problem: Problem
    panels: Sequence[ShownPanel]
    findings: Sequence[Finding]

    @property
    def errors(self) -> list[Finding]:
        """What blocks submitting."""
        return [finding for finding in self.findings if finding.is_error]

    @property
    def warnings(self) -> list[Finding]:
        """What the author may explain."""
        return [finding for finding in self.findings if not finding.is_error]

    @property
    def has_open_annotations(self) -> bool:
        """Whether one of the six is not chosen yet."""
        return any(finding.code == "annotation_missing" for finding in self.findings)

    @property
    def listed(self) -> list[tuple[Finding, ShownPanel | None]]:
        """Every finding with the panel it is about."""
        return [
            (finding, None if finding.panel is None else self.panels[finding.panel])
            for finding in self.findings
        ]

    @property
    def explained(self) -> list[tuple[Finding, str]]:
        """One warning of each kind, with what the author said of it."""
        return explained(self.warnings, self.problem.explanations)

    @property
    def general(self) -> list[Finding]:
        """What is about the whole problem."""
        return [finding for finding in self.findings if finding.panel is None]

    def at(self, index: int | None) -> list[Finding]:
        """What is about one panel, or without an index about the whole problem."""
        return [finding for finding in self.findings if finding.panel == index]


def explained(
    warnings: Iterable[Finding], explanations: Mapping[str, str]
) -> list[tuple[Finding, str]]:
    """One warning of each kind, with what the author said of it."""
    by_code = {finding.code: finding for finding in warnings}
    return [(finding, explanations.get(code, "")) for code, finding in by_code.items()]


def named_annotations(annotations: Annotations) -> list[tuple[str, str]]:
    """The six annotations of a frozen content, in words."""
    labels = {
        "answer_format": AnswerFormat,
        "image_type": ImageType,
        "cognitive_process": CognitiveProcess,
        "rarity": Rarity,
        "difficulty": Difficulty,
    }
    specialty = annotations.specialty.replace("_", " ").capitalize()
    rows = [
        (name.replace("_", " ").capitalize(), str(choices(getattr(annotations, name)).label))
        for name, choices in labels.items()
    ]
    return [("Specialty", specialty), *rows]


def checked(problem: Problem) -> Checked:
    """Run the rules over a draft that was loaded `with_panels`."""
    found = findings(problem.draft())
    panels = [
        ShownPanel(
            label=panel.label,
            content=panel.content(),
            image=panel.image,
            panel=panel,
            findings=[finding for finding in found if finding.panel == index],
        )
        for index, panel in enumerate(problem.panels.all())
    ]
    return Checked(problem=problem, panels=panels, findings=found)


def shown_revision(revision: Revision) -> list[ShownPanel]:
    """The panels of a revision with the images it was frozen with."""
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


def field_rows(form: Form, found: Iterable[Finding]) -> list[FieldRow]:
    """The visible fields of a form, each with what the rules say beside it."""
    known = list(found)
    return [
        FieldRow(field, [finding for finding in known if finding.field == field.name])
        for field in form.visible_fields()
    ]
