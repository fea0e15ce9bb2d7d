"""Problems: found, read, written, submitted and withdrawn."""

from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import Http404
from rest_framework.parsers import MultiPartParser

from curation import arranging, drafting, saving, workflow
from curation.api.fields import Nothing
from curation.api.operations import ApiView, operation
from curation.api.paging import page_of
from curation.api.problems import RefusedError
from curation.api.serializers.problems import (
    ImageUploadBody,
    NewProblemBody,
    PanelChangeBody,
    ProblemQuery,
    ProblemRowSerializer,
    ProblemSerializer,
    SubmitBody,
    WithdrawBody,
    WrittenPanelSerializer,
)
from curation.api.shown import panel_whole, problem_row, problem_whole
from curation.domain.content import Annotations, PanelRole
from curation.domain.dicom import is_dicom
from curation.domain.importing import FoundPanel, FoundProblem
from curation.domain.versions import Merged, Typed, version_of
from curation.errors import InvalidContentError
from curation.http import fetch_visible, require
from curation.images import bring_image
from curation.models import Panel, Problem, Scope, Status
from curation.permissions import can_author, can_withdraw_problem, can_write_problem, is_member
from curation.tasks import look_for_text

_READ, _WRITE = Scope.READ_PROBLEMS, Scope.WRITE_PROBLEMS
_NEW = {
    "annotations": {"specialty": "radiology", "image_type": "xray"},
    "panels": [
        {"role": "example", "question": "What is shown?", "answer": "Pneumothorax"},
        {"role": "example", "question": "What is shown?", "answer": "Cardiomegaly"},
        {"role": "query", "question": "What is shown?", "answer": "Pneumothorax"},
    ],
}
_CHANGE = {"answer": "Left pneumothorax", "versions": {"answer": "0123456789abcdef"}}
_WORDS = ("question", "answer", "accepted_variants")


def fetch_problem(request: Any, problem_id: UUID) -> Problem:
    """A problem this person may see, with its panels, or 404."""
    return fetch_visible(Problem.objects.visible_to(request.user).with_panels(), pk=problem_id)


def _fetch_own(request: Any, problem_id: UUID) -> Problem:
    problem = fetch_problem(request, problem_id)
    require(can_write_problem(request.user, problem))
    return problem


def _fetch_panel(request: Any, problem_id: UUID, panel_id: int) -> Panel:
    for panel in _fetch_own(request, problem_id).panels.all():
        if panel.pk == panel_id:
            return panel
    raise Http404


def _shown(request: Any, problem_id: UUID) -> dict[str, Any]:
    return problem_whole(request, fetch_problem(request, problem_id))


def _shown_panel(request: Any, panel: Panel) -> dict[str, Any]:
    stored = Panel.objects.select_related("image").get(pk=panel.pk)
    return panel_whole(request, stored, may_write=True)


class ProblemList(ApiView):
    """Problems."""

    @operation(
        "list_problems",
        may=is_member,
        scope=_READ,
        query=ProblemQuery,
        gives=ProblemRowSerializer,
    )
    def get(self, request: Any) -> Any:
        """Those that you may see, the newest first: your own, for reviewers what was submitted."""
        problems = Problem.objects.visible_to(request.user).with_panels()
        if status := self.asked.get("status"):
            problems = problems.in_status(Status(status))
        if specialty := self.asked.get("specialty"):
            problems = problems.of_specialty(specialty)
        page = page_of(problems, self.asked, "created_at", "id", newest_first=True)
        return page.showing(partial(problem_row, request))

    @operation(
        "create_problem",
        may=can_author,
        scope=_WRITE,
        body=NewProblemBody,
        example=_NEW,
        gives=ProblemSerializer,
        status=201,
    )
    def post(self, request: Any) -> Any:
        """A new draft of yours, in words; its images are brought panel by panel."""
        with transaction.atomic():
            problem = drafting.make_draft(_found(self.sent), {}, author=request.user)
        return _shown(request, problem.pk)


def _found(sent: dict[str, Any]) -> FoundProblem:
    panels = tuple(
        FoundPanel(
            role=PanelRole(panel["role"]),
            question=panel["question"],
            answer=panel["answer"],
            accepted_variants=tuple(panel["accepted_variants"]),
        )
        for panel in sent["panels"]
    )
    annotations = Annotations(**sent.get("annotations", {}))
    return FoundProblem(name="", place="", annotations=annotations, panels=panels)


class ProblemDetail(ApiView):
    """One problem."""

    @operation("read_problem", may=is_member, scope=_READ, gives=ProblemSerializer)
    def get(self, request: Any, problem_id: UUID) -> Any:
        """What it says: to its author and the editors the draft, to others the revision.

        A reviewer who has not answered it yet gets what they are asked, first the query alone.
        Whoever gets the answer cannot answer it blind any more; that is kept.
        """
        return _shown(request, problem_id)


class ProblemSubmit(ApiView):
    """Submitting."""

    @operation(
        "submit_problem", may=can_author, scope=_WRITE, body=SubmitBody, gives=ProblemSerializer
    )
    def post(self, request: Any, problem_id: UUID) -> Any:
        """Freeze the draft as a revision and put it before the reviewers."""
        problem = _fetch_own(request, problem_id)
        workflow.submit(problem, by=request.user, version=self.sent["version"])
        return _shown(request, problem_id)


class ProblemWithdraw(ApiView):
    """Withdrawing."""

    @operation(
        "withdraw_problem", may=is_member, scope=_WRITE, body=WithdrawBody, gives=ProblemSerializer
    )
    def post(self, request: Any, problem_id: UUID) -> Any:
        """Take a submission back."""
        problem = fetch_problem(request, problem_id)
        require(can_withdraw_problem(request.user, problem))
        workflow.withdraw(problem, by=request.user, comment=self.sent["comment"])
        return _shown(request, problem_id)


class ProblemReopen(ApiView):
    """Going on with what was withdrawn."""

    @operation(
        "reopen_problem", may=can_author, scope=_WRITE, body=Nothing, gives=ProblemSerializer
    )
    def post(self, request: Any, problem_id: UUID) -> Any:
        """Make a withdrawn problem a draft again."""
        workflow.reopen(_fetch_own(request, problem_id), by=request.user)
        return _shown(request, problem_id)


class PanelDetail(ApiView):
    """One panel of a draft."""

    @operation(
        "change_panel",
        may=can_author,
        scope=_WRITE,
        body=PanelChangeBody,
        example=_CHANGE,
        gives=WrittenPanelSerializer,
    )
    def patch(self, request: Any, problem_id: UUID, panel_id: int) -> Any:
        """Change texts, each from the version at which it was read.

        409 where another window or program changed one meanwhile: nothing is written, and both
        texts are given.
        """
        panel = _fetch_panel(request, problem_id, panel_id)
        typed = _typed(self.sent)
        words = {name: one for name, one in typed.items() if name in _WORDS}
        facts = {name: one for name, one in typed.items() if name not in _WORDS}
        if facts and panel.image is None:
            raise InvalidContentError("This panel shows no image of which that could be said.")
        with transaction.atomic():
            merged = saving.save_panel(panel, words=words, facts=facts, image_id=panel.image_id)
            _require_no_conflict(merged, typed)
        return _shown_panel(request, panel)


def _typed(sent: dict[str, Any]) -> dict[str, Typed]:
    versions = sent["versions"]
    texts = {name: value for name, value in sent.items() if name != "versions"}
    if "accepted_variants" in texts:
        texts["accepted_variants"] = "\n".join(texts["accepted_variants"])
    return {name: Typed(text=text, version=versions[name]) for name, text in texts.items()}


def _require_no_conflict(merged: Merged, typed: dict[str, Typed]) -> None:
    """Undo everything where one text was changed elsewhere."""
    if not merged.conflicts:
        return
    conflicts = {
        name: {"sent": typed[name].text, "stored": stored, "version": version_of(stored)}
        for name, stored in merged.conflicts.items()
    }
    words = "Changed elsewhere since you read it. Nothing was written: compare both texts."
    raise RefusedError(409, "conflict", words, conflicts=conflicts)


class PanelImage(ApiView):
    """The image of a panel of a draft."""

    parser_classes = (MultiPartParser,)

    @operation(
        "bring_image",
        may=can_author,
        scope=_WRITE,
        body=ImageUploadBody,
        gives=WrittenPanelSerializer,
    )
    def post(self, request: Any, problem_id: UUID, panel_id: int) -> Any:
        """Bring a picture into this panel. It is rebuilt from its pixels; nothing else is kept.

        That no patient can be recognized, a person confirms on the page of the panel.
        """
        panel = _fetch_panel(request, problem_id, panel_id)
        image = bring_image(_content(self.sent["file"]), by=request.user)
        arranging.place_image(panel, image=image)
        if image.awaits_text_search:
            transaction.on_commit(lambda: look_for_text.delay(image.pk), robust=True)
        return _shown_panel(request, panel)


def _content(file: Any) -> bytes:
    if file.size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // 1024**2
        raise RefusedError(413, "too_large", f"This file is larger than {limit} MB.")
    content = bytes(file.read())
    if is_dicom(content):
        words = (
            "Bring a DICOM file on the page of the panel: its frame and window are chosen there."
        )
        raise InvalidContentError(words)
    return content
