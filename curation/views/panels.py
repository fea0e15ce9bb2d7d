"""One panel at a time. Every button of the page saves the words first, so none is ever lost."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from curation import authoring
from curation.errors import InvalidContentError, WrongMomentError
from curation.forms.images import ImageFactsForm
from curation.forms.writing import PanelForm
from curation.http import AuthenticatedRequest, allowed_to, render_part
from curation.images import describe_image
from curation.models import Panel
from curation.permissions import can_author
from curation.views.problems import fetch_own
from curation.views.showing import checked, field_rows


def fetch_panel(request: AuthenticatedRequest, problem_id: UUID, panel_id: int) -> Panel:
    """A panel this person may write in, sharing one problem object with its siblings."""
    problem = fetch_own(request, problem_id)
    for panel in problem.panels.all():
        if panel.pk == panel_id:
            panel.problem = problem
            return panel
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_author)
def panel_edit(request: AuthenticatedRequest, problem_id: UUID, panel_id: int) -> HttpResponseBase:
    """Question, answer and image of one panel."""
    panel = fetch_panel(request, problem_id, panel_id)
    if request.method != "POST":
        if not panel.problem.is_editable:
            return redirect("curation:problem_overview", problem_id=problem_id)
        return _page(request, panel)
    refusal = _save(request, panel)
    # A form that is sent twice says what is stored already: then nothing is in conflict.
    if refusal is not None and not _is_stored(request, panel):
        return refusal
    if request.htmx:
        return _page(request, fetch_panel(request, problem_id, panel_id), part="saved")
    messages.success(request, "Saved.")
    return to_panel(panel)


def _is_stored(request: AuthenticatedRequest, panel: Panel) -> bool:
    stored = fetch_panel(request, panel.problem_id, panel.pk)
    if not (stored.problem.is_editable and PanelForm(request.POST).is_stored_in(stored)):
        return False
    facts = _facts(request)
    return facts is None or (stored.image is not None and facts.is_stored_in(stored.image))


def to_panel(panel: Panel) -> HttpResponse:
    """Go to the page of a panel."""
    return redirect("curation:panel_edit", problem_id=panel.problem_id, panel_id=panel.pk)


def _facts(request: AuthenticatedRequest) -> ImageFactsForm | None:
    """What the form says of the image, if it showed one."""
    return ImageFactsForm(request.POST) if "describes" in request.POST else None


def _save(request: AuthenticatedRequest, panel: Panel) -> HttpResponse | None:
    """Keep what the page's form holds; an answer only if that was not possible."""
    words, facts = PanelForm(request.POST), _facts(request)
    if not (words.is_valid() and (facts is None or facts.is_valid())):
        return _page(request, panel, words=words, facts=facts, part="editor", status=422)
    try:
        authoring.write_panel(panel, **words.words())
    except WrongMomentError as error:
        return _conflict(request, panel, error)
    if panel.image and facts:
        describe_image(panel.image, facts.facts())
    return None


def _conflict(request: AuthenticatedRequest, panel: Panel, error: WrongMomentError) -> HttpResponse:
    """What this browser holds in the form, what is stored beside it; saving again is a choice."""
    stored = fetch_panel(request, panel.problem_id, panel.pk)
    mine = request.POST.dict() | {"version": stored.problem.version}
    return _page(
        request,
        stored,
        words=PanelForm(initial=mine),
        facts=ImageFactsForm(initial=mine) if "describes" in mine else None,
        error=str(error),
        stored=stored,
        part="editor",
        status=409,
    )


def _page(
    request: AuthenticatedRequest,
    panel: Panel,
    *,
    words: PanelForm | None = None,
    facts: ImageFactsForm | None = None,
    part: str = "",
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    words = words or PanelForm.of(panel)
    check = checked(panel.problem)
    found = check.at(panel.position)
    if panel.image:
        facts = facts or ImageFactsForm.of(panel.image)
        context["fact_rows"] = field_rows(facts, found)
    context |= {
        "check": check,
        "problem": panel.problem,
        "panel": panel,
        "form": words,
        "version": words.held_version(panel.problem),
        "facts": facts,
        "word_rows": field_rows(words, found),
        "image_findings": [finding for finding in found if finding.field == "image"],
        **_neighbors(panel),
        "saved_at": timezone.now() if part == "saved" else panel.problem.updated_at,
    }
    answer = render_part(request, "curation/panel_edit.html", part, context, status=status)
    if request.htmx and part == "editor":
        answer["HX-Retarget"] = "#editor"
    return answer


def _neighbors(panel: Panel) -> dict[str, Panel | None]:
    """The panels before and after this one."""
    panels = list(panel.problem.panels.all())
    place = [other.pk for other in panels].index(panel.pk)
    before = panels[place - 1] if place else None
    after = panels[place + 1] if place + 1 < len(panels) else None
    return {"previous": before, "next": after}


type _Action[**P] = Callable[Concatenate[AuthenticatedRequest, Panel, P], HttpResponse]


def after_saving(act: _Action[[]]) -> Callable[..., HttpResponseBase]:
    """A button of the panel's page: POST, save the words, then act from the new version."""

    @require_POST
    @allowed_to(can_author)
    @wraps(act)
    def view(request: AuthenticatedRequest, /, problem_id: UUID, panel_id: int) -> HttpResponse:
        panel = fetch_panel(request, problem_id, panel_id)
        refusal = _save(request, panel)
        if refusal is not None:
            return refusal
        try:
            return act(request, panel)
        except InvalidContentError as error:
            return refused_page(request, panel, error=str(error))

    return view


def refused_page(request: AuthenticatedRequest, panel: Panel, **context: Any) -> HttpResponse:
    """The page of a panel as it is stored now, with why something else was not done."""
    stored = fetch_panel(request, panel.problem_id, panel.pk)
    return _page(request, stored, part="editor", status=422, **context)
