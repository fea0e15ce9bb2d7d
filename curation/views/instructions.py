"""The instructions, their editing, and the hints of the first run."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation import instructing
from curation.errors import WrongMomentError
from curation.forms.instructions import InstructionsForm
from curation.http import AuthenticatedRequest, allowed_to, way_back
from curation.models import AnswerSeen, Revision, User
from curation.permissions import (
    can_author,
    can_edit_collection,
    can_see_answer,
    is_blind,
    is_held_out,
    is_member,
)
from curation.views.showing import ShownProblem, shown_revision


@require_safe
@allowed_to(is_member)
def instructions(request: AuthenticatedRequest) -> HttpResponseBase:
    """How to write a good problem, with a good and a bad one."""
    current = instructing.current_instructions()
    context = {
        "instructions": current,
        "living": [
            ("A good problem", current.good_because, _shown(current.good, request.user)),
            ("A bad problem", current.bad_because, _shown(current.bad, request.user)),
        ],
        "can_author": can_author(request.user),
        "can_edit": can_edit_collection(request.user),
    }
    return render(request, "curation/instructions.html", context)


def _shown(revision: Revision | None, reader: User) -> ShownProblem | None:
    """The problem, but not for who may still be asked to answer it blind.

    Nor what a release held out before it was chosen here, for whom its answer is none of theirs.
    """
    if revision is None or is_blind(reader, revision.problem):
        return None
    if is_held_out(revision.problem) and not can_see_answer(reader, revision.problem):
        return None
    AnswerSeen.objects.note(revision.problem, reader)
    return shown_revision(revision)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_edit_collection)
def instructions_edit(request: AuthenticatedRequest) -> HttpResponseBase:
    """Write a new edition."""
    current = instructing.current_instructions()
    if request.method != "POST":
        return _form(request, InstructionsForm.of(current))
    form = InstructionsForm(request.POST)
    if not form.is_valid():
        return _form(request, form, status=422)
    started_from = form.cleaned_data["started_from"]
    try:
        instructing.edit_instructions(form.edition(), started_from=started_from, by=request.user)
    except WrongMomentError as error:
        renewed = InstructionsForm(initial={**form.cleaned_data, "started_from": current.pk})
        return _form(request, renewed, error=str(error), status=409)
    messages.success(request, "Saved. Everybody reads the new instructions now.")
    return redirect("curation:instructions")


def _form(
    request: AuthenticatedRequest, form: InstructionsForm, *, error: str = "", status: int = 200
) -> HttpResponse:
    context = {"form": form, "error": error}
    return render(request, "curation/instructions_edit.html", context, status=status)


@require_POST
@allowed_to(can_author)
def hint_next(request: AuthenticatedRequest) -> HttpResponseBase:
    """One more hint, or none any more."""
    if "end" in request.POST:
        instructing.end_hints(request.user)
    else:
        if "skipped" in request.POST:  # the page had no use for the first
            instructing.next_hint(request.user)
        instructing.next_hint(request.user)
    request.user.refresh_from_db(fields=["hints_seen"])
    if request.htmx:
        return render(request, "components/hints.html")
    return redirect(way_back(request, otherwise="curation:problem_list"))


@require_POST
@allowed_to(can_author)
def hints_repeat(request: AuthenticatedRequest) -> HttpResponseBase:
    """The hints from the first, on the page where one writes next."""
    instructing.repeat_hints(request.user)
    messages.success(request, "The three hints show again the next time you write.")
    return redirect("curation:instructions")
