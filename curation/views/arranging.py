"""The buttons that change which panels there are and in which order.

They are pressed on the page of a panel or on that of the annotations, and save its words first.
"""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from curation import arranging
from curation.errors import InvalidContentError, WrongMomentError
from curation.http import AuthenticatedRequest, allowed_to
from curation.models import Panel, Problem
from curation.permissions import can_author
from curation.views.panels import after_saving, fetch_panel, to_panel
from curation.views.problems import annotations_page, fetch_own, save_annotations
from curation.views.showing import checked


def _seen(request: HttpRequest) -> str | None:
    """The arrangement that the page showed; every page with a strip tells it."""
    return request.POST.get("arrangement")


@after_saving
def panel_add(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Add an example and go there."""
    return to_panel(arranging.add_example(panel.problem, arrangement=_seen(request)))


@after_saving
def panel_duplicate(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Add an example that says and shows the same, and go there."""
    return to_panel(arranging.duplicate_panel(panel, arrangement=_seen(request)))


@after_saving
def panel_remove(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Take the panel out and go to the one that took its place; its page offers to undo it."""
    problem, position = panel.problem, panel.position
    arranging.remove_panel(panel, arrangement=_seen(request))
    left = list(problem.panels.in_order())
    if not left:
        return redirect("curation:problem_edit", problem_id=problem.pk)
    return to_panel(left[min(position, len(left) - 1)])


@after_saving
def panel_move_earlier(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Show this example one place earlier."""
    arranging.move_panel(panel, to=panel.position - 1, arrangement=_seen(request))
    return to_panel(panel)


@after_saving
def panel_move_later(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Show this example one place later."""
    arranging.move_panel(panel, to=panel.position + 1, arrangement=_seen(request))
    return to_panel(panel)


@after_saving
def panel_make_query(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Ask this panel."""
    arranging.make_query(panel, arrangement=_seen(request))
    return to_panel(panel)


@after_saving
def panel_make_example(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Show the query with its answer, as the last example."""
    arranging.make_example(panel, arrangement=_seen(request))
    return to_panel(panel)


@after_saving
def image_remove(request: AuthenticatedRequest, panel: Panel) -> HttpResponse:
    """Show no image in the panel; the page offers to undo it."""
    arranging.place_image(panel, image=None)
    return to_panel(panel)


@require_POST
@allowed_to(can_author)
def example_add(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Save the annotations, whose page has this button, then add an example and go there."""
    return _after_annotating(
        request,
        problem_id,
        lambda problem: arranging.add_example(problem, arrangement=_seen(request)),
    )


@require_POST
@allowed_to(can_author)
def removal_undo(
    request: AuthenticatedRequest, problem_id: UUID, removal_id: int
) -> HttpResponseBase:
    """Save the words of the page that has this button, then put back what was taken out."""

    def put_back(problem: Problem) -> Panel:
        return arranging.undo(problem, removal_id)

    panel = _open_panel(request, problem_id)
    if panel is None:
        return _after_annotating(request, problem_id, put_back)
    save_and_put_back = after_saving(lambda _, panel: to_panel(put_back(panel.problem)))
    return save_and_put_back(request, problem_id=problem_id, panel_id=panel.pk)


def _after_annotating(
    request: AuthenticatedRequest, problem_id: UUID, act: Callable[[Problem], Panel]
) -> HttpResponse:
    problem = fetch_own(request, problem_id)
    refusal = save_annotations(request, problem)
    if refusal is not None:
        return refusal
    try:
        return to_panel(act(problem))
    except (InvalidContentError, WrongMomentError) as error:
        return _about(request, problem_id, error)


def _about(request: AuthenticatedRequest, problem_id: UUID, error: Exception) -> HttpResponse:
    """The page of the annotations as they are now, with what went wrong."""
    return annotations_page(
        request,
        fetch_own(request, problem_id),
        error=str(error),
        part="editor",
        status=_status_of(error),
    )


def _status_of(error: Exception) -> int:
    return 409 if isinstance(error, WrongMomentError) else 422


@require_POST
@allowed_to(can_author)
def problem_arrange(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Put the panels in the order they were dragged to; words are not part of it."""
    problem = fetch_own(request, problem_id)
    try:
        arranging.arrange(problem, _order(request), arrangement=_seen(request))
    except (InvalidContentError, WrongMomentError) as error:
        return _not_arranged(request, problem_id, error)
    if request.htmx:
        return _strip(request, problem_id)
    panel = _open_panel(request, problem_id)
    return to_panel(panel) if panel else redirect("curation:problem_edit", problem_id=problem_id)


def _not_arranged(
    request: AuthenticatedRequest, problem_id: UUID, error: Exception
) -> HttpResponse:
    if request.htmx:
        return _strip(request, problem_id, error=str(error), status=_status_of(error))
    return _about(request, problem_id, error)


def _order(request: HttpRequest) -> list[int]:
    return [_number(text) for text in request.POST.getlist("order")]


def _number(text: str) -> int:
    """An id that a page sent; 0, which nothing has, for what is none."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _open_panel(request: AuthenticatedRequest, problem_id: UUID) -> Panel | None:
    """The panel whose page this was sent from; none for the page of the annotations."""
    text = request.POST.get("on_panel", "")
    return fetch_panel(request, problem_id, _number(text)) if text else None


def _strip(
    request: AuthenticatedRequest, problem_id: UUID, *, error: str = "", status: int = 200
) -> HttpResponse:
    """The strip as it is now, with what the rules say of the new order."""
    panel = _open_panel(request, problem_id)
    problem = panel.problem if panel else fetch_own(request, problem_id)
    if panel:
        add_url = reverse("curation:panel_add", args=[problem_id, panel.pk])
    else:
        add_url = reverse("curation:example_add", args=[problem_id])
    context = {
        "check": checked(problem),
        "current": panel,
        "form_id": "panel-form" if panel else "annotations-form",
        "add_url": add_url,
        "refusal": error,
    }
    return render(request, "curation/problem_arrange.html", context, status=status)
