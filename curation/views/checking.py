"""A draft with everything the rules say of it, grouped as its author works: panel by panel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse

from curation.arranging import arrangement_of
from curation.domain.consistency import Fix, Inconsistency, inconsistencies
from curation.domain.rules import Finding
from curation.forms.writing import ExplanationForm
from curation.models import Problem, Removal, Review, StatusChange
from curation.views.commented import OpenComment
from curation.views.elsewhere import shown_elsewhere
from curation.views.found import (
    Group,
    Link,
    Said,
    ShownInconsistency,
    ShownPanel,
    Warned,
    open_words,
)

_MOST_NAMED = 3  # annotations named one by one; more are counted
_ELSEWHERE = "image_seen_elsewhere"
_SPELLED = "answer_spelled_differently"
_OF_AN_IMAGE = {"source", "license", "attribution", "no_patient_confirmed"}
_WORDS = {"image": "image and 4 facts about it", "no_patient_confirmed": "no-patient confirmation"}


@dataclass(frozen=True, kw_only=True)  # not slots: what follows from it is worked out once
class Checked:
    """A draft with everything the rules say of it."""

    problem: Problem
    panels: Sequence[ShownPanel]
    findings: Sequence[Finding]
    requests: Sequence[Review] = ()
    returned: StatusChange | None = None  # by an editor, who says why
    comments: Sequence[OpenComment] = ()
    removals: Sequence[Removal] = ()  # the newest first
    removal: Removal | None = None  # what this page offers to undo
    explaining: ExplanationForm | None = None
    """The explanation that was not kept as it was sent."""

    @property
    def arrangement(self) -> str:
        """Which panels are shown, in which order: what a change of them starts from."""
        return arrangement_of(shown.panel for shown in self.panels if shown.panel)

    @property
    def has_images(self) -> bool:
        """Whether any panel shows one."""
        return any(shown.image for shown in self.panels)

    @property
    def is_blank(self) -> bool:
        """Whether nobody brought or wrote anything yet."""
        said = (shown.content for shown in self.panels)
        return not any(content.image or content.question or content.answer for content in said)

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
    def open_words(self) -> str:
        """How much blocks submitting, in words; empty when nothing does."""
        return open_words(self.findings)

    @property
    def explained_count(self) -> int:
        """How many kinds of warning the author explained."""
        return sum(bool(warned.explanation) for warned in self.warned)

    @property
    def unexplained_count(self) -> int:
        """How many kinds of warning are still to be looked at."""
        return len(self.warned) - self.explained_count

    @property
    def open_annotations(self) -> int:
        """How many of the six are not chosen yet."""
        return sum(finding.code == "annotation_missing" for finding in self.findings)

    @property
    def onward(self) -> Link:
        """Where writing goes on after the last panel: what About lacks, then the overview."""
        if self.open_annotations:
            return self._place(None)
        return Link("Overview", reverse("curation:problem_overview", args=[self.problem.pk]))

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
        return Link(words or place.words, f"{place.address}#{self._anchor(finding)}", short)

    def _anchor(self, finding: Finding) -> str:
        image = None if finding.panel is None else self.panels[finding.panel].image
        if image is not None and finding.code == "text_unattested":
            return f"text-{image.pk}"
        return anchor(finding)

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
        if any(finding.code == "image_missing" for finding in missing):  # its fields come with it
            missing = [finding for finding in missing if finding.field not in _OF_AN_IMAGE]
        return Group(
            place=place,
            missing=self._named(missing),
            said=[self._wrong(finding) for finding in found if finding.is_wrong],
        )

    def _wrong(self, finding: Finding) -> Said:
        """With the buttons that mend it, at the first panel that they are about."""
        spelled = self._spelled(finding)
        if spelled is None or finding.panel != self._first_odd(spelled):
            return Said(finding, self.link(finding))
        return Said(finding, self.link(finding), spelled.fixes)

    def _spelled(self, finding: Finding) -> Inconsistency | None:
        """The answer in all its spellings, if that is what the finding is about."""
        if finding.code != _SPELLED:
            return None
        alike = (found for found in self._differing if found.code == _SPELLED)
        return next((found for found in alike if finding.panel in found.texts), None)

    def _first_odd(self, spelled: Inconsistency) -> int:
        """The first panel that spells it otherwise than one before."""
        form = spelled.texts[min(spelled.texts)]
        return min(index for index, text in spelled.texts.items() if text != form)

    def fix_at(self, index: int) -> Fix | None:
        """What writes a panel's answer as the first panel that gives it does, at one press."""
        for finding in self.at(index):
            if spelled := self._spelled(finding):
                form = spelled.texts[min(spelled.texts)]
                return next((fix for fix in spelled.fixes if fix.changes[0].after == form), None)
        return None

    def _named(self, missing: Sequence[Finding]) -> list[Link]:
        """Each by its field; many annotations by their number."""
        if len(missing) > _MOST_NAMED and missing[0].panel is None:
            return [self.link(missing[0], f"{len(missing)} to choose")]
        return [self.link(finding, _words(finding)) for finding in missing]

    def _whole(self, place: Link, found: Sequence[Finding]) -> Group:
        return Group(place=place, said=[Said(finding, self.link(finding)) for finding in found])

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
                form=self._explanation(code),
                elsewhere=self._elsewhere(found) if code == _ELSEWHERE else (),
            )
            for code, found in by_code.items()
        ]

    def _explanation(self, code: str) -> ExplanationForm:
        sent = self.explaining
        if sent is not None and sent["code"].value() == code:
            return sent
        return ExplanationForm.of(code, self.problem.explanations.get(code, ""))

    def _said(self, found: Sequence[Finding]) -> dict[str, list[Link]]:
        said: dict[str, list[Link]] = {}
        for finding in found:
            links = said.setdefault(finding.message, [])
            if finding.panel is not None:
                links.append(self.link(finding))
        return said

    def _elsewhere(self, found: Sequence[Finding]) -> list[Link]:
        """Problems that show these pictures, only those that the author may see."""
        shown = [self.panels[finding.panel].image for finding in found if finding.panel is not None]
        return shown_elsewhere(self.problem, [image for image in shown if image])

    def elsewhere_of(self, index: int) -> list[Link]:
        """Those that show the picture of one panel, too."""
        codes = (finding for finding in self.at(index) if finding.code == _ELSEWHERE)
        return self._elsewhere(list(codes)[:1])

    @property
    def unneeded(self) -> list[tuple[str, str]]:
        """Explanations whose warning is gone: its code in words, and what was said."""
        warned = {finding.code for finding in self.warnings}
        said = self.problem.explanations.items()
        return [(code.replace("_", " "), text) for code, text in said if code not in warned]

    @cached_property
    def _differing(self) -> tuple[Inconsistency, ...]:
        return inconsistencies(self.problem.content())

    @cached_property
    def inconsistencies(self) -> list[ShownInconsistency]:
        """Where the panels say one thing in several forms, but for what blocks submitting."""
        return [
            ShownInconsistency(
                title=found.title,
                texts=self._by_text(found.texts),
                others=found.others,
                fixes=found.fixes,
            )
            for found in self._differing
            if found.code != _SPELLED
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
