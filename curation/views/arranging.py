"""The buttons that change which panels there are and in which order."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from curation import arranging
from curation.errors import InvalidContentError
from curation.http import AuthenticatedRequest, allowed_to
from curation.models import Panel
from curation.permissions import can_author
from curation.views.panels import after_saving, to_panel
from curation.views.problems import annotations_page, fetch_own, save_annotations


@after_saving
def panel_add(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Add an example and go there."""
    problem = panel.problem
    return to_panel(arranging.add_example(problem, version=problem.version))


@after_saving
def panel_remove(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Take the panel out and go to the one that took its place."""
    problem, position = panel.problem, panel.position
    arranging.remove_panel(panel, version=problem.version)
    messages.success(request, f"{panel.label} was removed.")
    left = list(problem.panels.in_order())
    if not left:
        return redirect("curation:problem_edit", problem_id=problem.pk)
    return to_panel(left[min(position, len(left) - 1)])


@after_saving
def panel_move_earlier(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Show this example one place earlier."""
    arranging.move_panel(panel, version=panel.problem.version, to=panel.position - 1)
    return to_panel(panel)


@after_saving
def panel_move_later(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Show this example one place later."""
    arranging.move_panel(panel, version=panel.problem.version, to=panel.position + 1)
    return to_panel(panel)


@after_saving
def panel_make_query(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Ask this panel."""
    arranging.make_query(panel, version=panel.problem.version)
    messages.success(request, "This panel is the query now.")
    return to_panel(panel)


@after_saving
def image_remove(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Show no image in the panel; the picture stays among the author's images."""
    arranging.place_image(panel, version=panel.problem.version, image=None)
    return to_panel(panel)


@require_POST
@allowed_to(can_author)
def example_add(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Save the annotations, whose page has this button, then add an example and go there."""
    problem = fetch_own(request, problem_id)
    refusal = save_annotations(request, problem)
    if refusal is not None:
        return refusal
    try:
        return to_panel(arranging.add_example(problem, version=problem.version))
    except InvalidContentError as error:
        saved = fetch_own(request, problem_id)
        return annotations_page(request, saved, error=str(error), part="editor", status=422)
