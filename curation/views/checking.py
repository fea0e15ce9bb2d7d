"""A draft with everything the rules say of it, grouped as its author works: panel by panel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse

from curation.arranging import arrangement_of
from curation.domain.consistency import Fix, inconsistencies
from curation.domain.content import PanelContent
from curation.domain.rules import Finding
from curation.models import Image, Panel, Problem, Removal, Review

_MOST_LINKS = 3  # other problems named for a picture they show, too
_MOST_NAMED = 3  # annotations named one by one; more are counted
_WORDS = {"no_patient_confirmed": "no-patient confirmation"}


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
        """Whether something that is there is wrong; what is merely missing is none yet."""
        return any(finding.is_wrong for finding in self.findings)

    @property
    def is_complete(self) -> bool:
        """Whether nothing of it blocks submitting."""
        return not any(finding.is_error for finding in self.findings)

    @property
    def progress(self) -> str:
        """How far it is, in two words for the strip."""
        count = sum(finding.is_error for finding in self.findings)
        if not count:
            return "complete"
        return f"{count} {'to mend' if self.has_errors else 'missing'}"


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere; `short` is enough after another of its kind."""

    words: str
    address: str
    short: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What blocks submitting in one place: what to fill in, and what is wrong there."""

    place: Link
    missing: Sequence[Link] = ()
    said: Sequence[tuple[Finding, Link]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """One kind of warning: what it says of which panels, and what the author said of it."""

    code: str
    said: Mapping[str, Sequence[Link]]
    explanation: str
    elsewhere: Sequence[Link] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownInconsistency:
    """Texts side by side: each with the names of the panels that say it."""

    title: str
    texts: Mapping[str, str]
    others: int
    fixes: Sequence[Fix]


@dataclass(frozen=True, kw_only=True)  # not slots: what follows from it is worked out once
class Checked:
    """A draft with everything the rules say of it."""

    problem: Problem
    panels: Sequence[ShownPanel]
    findings: Sequence[Finding]
    requests: Sequence[Review] = ()
    removal: Removal | None = None

    @property
    def arrangement(self) -> str:
        """Which panels are shown, in which order: what a change of them starts from."""
        return arrangement_of(shown.panel for shown in self.panels if shown.panel)

    @property
    def errors(self) -> list[Finding]:
        """What blocks submitting."""
        return [finding for finding in self.findings if finding.is_error]

    @property
    def warnings(self) -> list[Finding]:
        """What the author may explain."""
        return [finding for finding in self.findings if not finding.is_error]

    @property
    def missing_count(self) -> int:
        """How much is not filled in yet."""
        return sum(finding.is_missing for finding in self.findings)

    @property
    def wrong_count(self) -> int:
        """How much is there and must be mended."""
        return sum(finding.is_wrong for finding in self.findings)

    @property
    def open_annotations(self) -> int:
        """How many of the six are not chosen yet."""
        return sum(finding.code == "annotation_missing" for finding in self.findings)

    @property
    def general(self) -> list[Finding]:
        """What is about the whole problem."""
        return self.at(None)

    def at(self, index: int | None) -> list[Finding]:
        """What is about one panel, or without an index about the whole problem."""
        return [finding for finding in self.findings if finding.panel == index]

    def link(self, finding: Finding, words: str = "") -> Link:
        """Where it is mended: the page and on it the field."""
        place = self._place(finding.panel)
        short = place.words.removeprefix("Example ")
        return Link(words or place.words, f"{place.address}#{anchor(finding)}", short)

    def _place(self, index: int | None) -> Link:
        pk = self.problem.pk
        if index is None:
            return Link("About", reverse("curation:problem_edit", args=[pk]))
        shown = self.panels[index]
        assert shown.panel is not None  # noqa: S101 - a draft's panels are shown with their rows
        return Link(shown.label, reverse("curation:panel_edit", args=[pk, shown.panel.pk]))

    @cached_property
    def groups(self) -> list[Group]:
        """What blocks submitting: the annotations, each panel, then what is about all panels."""
        about = [finding for finding in self.general if finding.field]
        whole = [finding for finding in self.general if finding.is_error and not finding.field]
        panels = [self._group(self._place(i), self.at(i)) for i in range(len(self.panels))]
        all_panels = Link("All panels", f"{self._place(None).address}#strip")
        groups = [self._group(self._place(None), about), *panels, self._whole(all_panels, whole)]
        return [group for group in groups if group.missing or group.said]

    def _group(self, place: Link, found: Sequence[Finding]) -> Group:
        missing = [finding for finding in found if finding.is_missing]
        return Group(
            place=place,
            missing=self._named(missing),
            said=[(finding, self.link(finding)) for finding in found if finding.is_wrong],
        )

    def _named(self, missing: Sequence[Finding]) -> list[Link]:
        """Each by its field; many annotations by their number."""
        if len(missing) > _MOST_NAMED and missing[0].panel is None:
            return [self.link(missing[0], f"{len(missing)} to choose")]
        return [self.link(finding, _words(finding)) for finding in missing]

    def _whole(self, place: Link, found: Sequence[Finding]) -> Group:
        return Group(place=place, said=[(finding, self.link(finding)) for finding in found])

    @cached_property
    def warned(self) -> list[Warned]:
        """Each kind of warning once, in the order of the rules."""
        by_code: dict[str, list[Finding]] = {}
        for finding in self.warnings:
            by_code.setdefault(finding.code, []).append(finding)
        return [
            Warned(
                code=code,
                said=self._said(found),
                explanation=self.problem.explanations.get(code, ""),
                elsewhere=self._elsewhere(found) if code == "image_seen_elsewhere" else (),
            )
            for code, found in by_code.items()
        ]

    def _said(self, found: Sequence[Finding]) -> dict[str, list[Link]]:
        said: dict[str, list[Link]] = {}
        for finding in found:
            links = said.setdefault(finding.message, [])
            if finding.panel is not None:
                links.append(self.link(finding))
        return said

    def _elsewhere(self, found: Sequence[Finding]) -> list[Link]:
        """Problems that show these pictures, only those that the author may see."""
        shown = (self.panels[finding.panel].image for finding in found if finding.panel is not None)
        showing = Problem.objects.showing_any(image for image in shown if image)
        others = showing.visible_to(self.problem.author).exclude(pk=self.problem.pk)
        return [
            Link(other.headline(), reverse("curation:problem_overview", args=[other.pk]))
            for other in others.prefetch_related("panels")[:_MOST_LINKS]
        ]

    @property
    def unneeded(self) -> list[tuple[str, str]]:
        """Explanations whose warning is gone: its code in words, and what was said."""
        warned = {finding.code for finding in self.warnings}
        said = self.problem.explanations.items()
        return [(code.replace("_", " "), text) for code, text in said if code not in warned]

    @cached_property
    def inconsistencies(self) -> list[ShownInconsistency]:
        """Where the panels say one thing in several forms."""
        return [
            ShownInconsistency(
                title=found.title,
                texts=self._by_text(found.texts),
                others=found.others,
                fixes=found.fixes,
            )
            for found in inconsistencies(self.problem.content())
        ]

    def _by_text(self, texts: Mapping[int, str]) -> dict[str, str]:
        """Each text once, with the panels that say it: "Example 1, 3, Query"."""
        said: dict[str, str] = {}
        for index, text in texts.items():
            label = self.panels[index].label
            short = label.removeprefix("Example ")
            said[text] = f"{said[text]}, {short}" if text in said else label
        return said


def anchor(finding: Finding) -> str:
    """The id of what it stands beside, on the page of its panel or of the annotations."""
    if not finding.field:
        return "strip"
    return "upload" if finding.field == "image" else f"id_{finding.field}"


def _words(finding: Finding) -> str:
    return _WORDS.get(finding.field, finding.field.replace("_", " ")) or finding.message
