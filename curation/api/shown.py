"""What somebody who asks may know of a problem, as plain values. `permissions` decides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from curation import blind
from curation.api.serializers.links import address_of
from curation.domain.blinding import blinded
from curation.domain.bundle.held_out import PublicItem, public_item
from curation.domain.bundle.images import image_file
from curation.domain.bundle.items import BundleItem
from curation.domain.content import PanelContent, PanelRole
from curation.domain.rules import findings
from curation.domain.versions import version_of
from curation.models import AnswerSeen, Image, Panel, Problem, ReleaseItem, Revision, Stage, Status
from curation.permissions import can_see_answer, can_see_draft, can_write_problem
from curation.saving import facts_of, words_of

_FACTS = ("alt_text", "source", "license", "attribution")


def problem_row(request: Any, problem: Problem) -> dict[str, Any]:
    """A problem in a list; load it `with_panels`."""
    person = request.user
    is_open = can_see_draft(person, problem)
    return {
        "id": problem.pk,
        "status": problem.status,
        "specialty": problem.specialty_id,
        # What its author rewrites is before nobody.
        "question": problem.headline() if is_open or not problem.is_editable else None,
        "is_mine": problem.author_id == person.pk,
        "author": str(problem.author) if is_open else None,
        "version": problem.version,
        "created_at": problem.created_at,
        "updated_at": problem.updated_at,
    }


def problem_whole(request: Any, problem: Problem) -> dict[str, Any]:
    """A problem with what it says to this person; keeps that they were shown the answer."""
    person, revision = request.user, problem.current_revision
    is_draft = revision is None or (problem.is_editable and can_see_draft(person, problem))
    is_own_draft = problem.is_editable and can_write_problem(person, problem)
    if is_draft:
        AnswerSeen.objects.note(problem, person)
        content = _draft(request, problem, may_write=is_own_draft)
    else:
        assert revision is not None  # noqa: S101 - `problem_beyond_draft_has_revision`
        content = revision_content(request, revision)
    knows = not content["is_blind"]
    return {
        **problem_row(request, problem),
        **content,
        "revision": revision_row(revision, knows=knows) if revision else None,
        "findings": _findings(problem) if is_own_draft else [],
    }


def _findings(problem: Problem) -> list[dict[str, Any]]:
    return [asdict(finding) for finding in findings(problem.draft())]


def _draft(request: Any, problem: Problem, *, may_write: bool) -> dict[str, Any]:
    panels = [panel_whole(request, panel, may_write=may_write) for panel in problem.panels.all()]
    annotations = asdict(problem.annotations())
    return {"is_blind": False, "stage": None, "annotations": annotations, "panels": panels}


def panel_whole(request: Any, panel: Panel, *, may_write: bool) -> dict[str, Any]:
    """A panel of a draft with the versions of its texts, for who may write in it."""
    images = {panel.image.sha256: panel.image} if panel.image else {}
    versions = versions_of(panel) if may_write else {}
    shown = _panel(request, panel.content(), images)
    return {**shown, "id": panel.pk if may_write else None, "versions": versions}


def versions_of(panel: Panel) -> dict[str, str]:
    """The version of each text of a panel and of what is said of its image."""
    texts = words_of(panel) | (facts_of(panel.image) if panel.image else {})
    texts.pop("no_patient_confirmed", None)  # a person says that, on the page
    return {name: version_of(text) for name, text in texts.items()}


def revision_row(revision: Revision, *, knows: bool) -> dict[str, Any]:
    """A revision; its hash only for who knows the answer, for it could be guessed by it."""
    names = ("id", "problem_id", "number", "submitted_at", "required_approvals")
    row = {name: getattr(revision, name) for name in names}
    return {**row, "sha256": revision.sha256 if knows else None}


def revision_content(request: Any, revision: Revision) -> dict[str, Any]:
    """What a revision says: to a reviewer who has not answered it yet, as much as they are asked.

    Keeps that whoever else asks was shown the answer.
    """
    content, person = revision.content(), request.user
    images = {image.sha256: image for image in revision.images.all()}
    if can_see_answer(person, revision.problem):
        AnswerSeen.objects.note(revision.problem, person)
        panels, annotations, stage = content.panels, asdict(content.annotations), None
    else:
        stage = next(iter(blind.stages_left(person, revision)), Stage.IN_CONTEXT)
        panels, annotations = tuple(_blinded(content.panels, stage)), None
    return {
        "is_blind": stage is not None,
        "stage": stage,
        "annotations": annotations,
        "panels": [
            {**_panel(request, panel, images, is_told=stage is None), "id": None, "versions": {}}
            for panel in panels
        ],
    }


def _blinded(panels: Sequence[PanelContent], stage: Stage) -> Iterator[PanelContent]:
    for panel in panels:
        if stage is not Stage.ZERO_SHOT or panel.role is PanelRole.QUERY:
            yield blinded(panel)


def released(request: Any, item: ReleaseItem) -> dict[str, Any]:
    """A problem as its release has it; nobody is told here what is held out."""
    public, version = _public(item), item.release.version
    content, is_told = public.content, not item.is_held_out
    hashes = ("revision_sha256", "commitment", "public_sha256")
    return {
        "position": item.position,
        "problem_id": item.problem_id,
        "revision": item.revision.number,
        **{name: public.marks.get(name) for name in hashes},
        "is_held_out": item.is_held_out,
        "is_retired": item.problem.status == Status.RETIRED,
        "annotations": asdict(content.annotations),
        "examples": [_released_panel(request, panel, version) for panel in content.examples],
        "query": _released_panel(request, content.query, version, is_told=is_told),
    }


def _public(item: ReleaseItem) -> PublicItem:
    """The problem as the release's files say it."""
    revision = item.revision
    return public_item(
        BundleItem(
            content=revision.content(),
            revision_sha256=revision.sha256,
            is_held_out=item.is_held_out,
            seal=item.seal,
        )
    )


def _released_panel(
    request: Any, panel: PanelContent, version: str, *, is_told: bool = True
) -> dict[str, Any]:
    shown = _words(panel, is_told=is_told)
    if panel.image is not None:
        address = address_of(request, "curation:release_file", version, image_file(panel.image))
        shown["image"] = _image(panel, url=address, is_told=True)
    return shown


def _panel(
    request: Any, panel: PanelContent, images: Mapping[str, Image], *, is_told: bool = True
) -> dict[str, Any]:
    shown = _words(panel, is_told=is_told)
    if panel.image is not None:
        stored = images.get(panel.image.sha256)
        address = address_of(request, "curation_api:image_file", stored.pk) if stored else None
        shown["image"] = _image(panel, url=address, is_told=is_told)
    return shown


def _words(panel: PanelContent, *, is_told: bool) -> dict[str, Any]:
    is_withheld = not is_told and panel.role is PanelRole.QUERY
    return {
        "role": panel.role.value,
        "question": panel.question,
        "answer": None if is_withheld else panel.answer,
        "accepted_variants": None if is_withheld else list(panel.accepted_variants),
        "image": None,
    }


def _image(panel: PanelContent, *, url: str | None, is_told: bool) -> dict[str, Any]:
    assert panel.image is not None  # noqa: S101 - asked by the caller
    is_withheld = not is_told and panel.role is PanelRole.QUERY
    names = ("sha256", "media_type", "width", "height")
    facts = {name: None if is_withheld else getattr(panel.image, name) for name in _FACTS}
    return {**{name: getattr(panel.image, name) for name in names}, **facts, "url": url}
