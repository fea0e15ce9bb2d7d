"""One panel at a time. Every button of the page saves the words first, so none is ever lost."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, Concatenate
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from curation import saving
from curation.domain.rules import Finding
from curation.domain.versions import Merged, Typed
from curation.errors import InvalidContentError, WrongMomentError
from curation.forms.images import ImageFactsForm
from curation.forms.writing import PanelForm
from curation.http import AuthenticatedRequest, allowed_to, render_part
from curation.images import is_text_searched
from curation.models import Panel, Problem, Scan
from curation.permissions import can_author
from curation.views.checking import Checked
from curation.views.credited import crediting
from curation.views.problems import conflict_words, fetch_own
from curation.views.showing import checked, field_rows


def fetch_panel(request: AuthenticatedRequest, problem_id: UUID, panel_id: int) -> Panel:
    """A panel this person may write in, sharing one problem object with its siblings."""
    problem = fetch_own(request, problem_id)
    for panel in problem.panels.all():
        if panel.pk == panel_id:
            panel.problem = problem
            return panel
    raise Http404


@dataclass(frozen=True, slots=True)
class _Forms:
    """What a page of a panel holds: its words, and facts if it shows an image."""

    words: PanelForm
    facts: ImageFactsForm | None

    @classmethod
    def sent(cls, request: AuthenticatedRequest) -> "_Forms":
        facts = ImageFactsForm(request.POST) if "describes" in request.POST else None
        return cls(PanelForm(request.POST), facts)

    @classmethod
    def of(cls, panel: Panel) -> "_Forms":
        facts = ImageFactsForm.of(panel.image) if panel.image else None
        return cls(PanelForm.of(panel), facts)

    def are_valid(self) -> bool:
        return self.words.is_valid() and (self.facts is None or self.facts.is_valid())

    def save_in(self, panel: Panel) -> Merged:
        return saving.save_panel(
            panel,
            words=self.words.typed(),
            facts=self.facts.typed() if self.facts else None,
            image_id=self.facts.cleaned_data["describes"] if self.facts else None,
            asks_everywhere=self.words.cleaned_data["asks_everywhere"],
        )

    def typed(self) -> dict[str, Typed]:
        return self.words.typed() | (self.facts.typed() if self.facts else {})

    def show_the_image_of(self, sent: "_Forms") -> bool:
        """Whether the image is still the one that the page showed, if any."""
        return self.described == sent.described

    @property
    def described(self) -> str:
        """The image the facts are about, if any."""
        facts = self.facts
        return str(facts["describes"].value() or "") if facts else ""

    def show(self, merged: Merged, sent: "_Forms") -> None:
        """Show what is stored, but what was sent where that is in conflict."""
        self.words.show(merged, sent.typed())
        if self.facts and self.show_the_image_of(sent):
            self.facts.show(merged, sent.typed())

    def left_out(self, merged: Merged, sent: "_Forms") -> list[str]:
        """What was typed about an image that another window replaced, and could not be kept."""
        if sent.facts is None or self.show_the_image_of(sent):
            return []
        typed = sent.facts.typed()
        return [typed[name].text for name in merged.conflicts if name in typed]


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(can_author)
def panel_edit(request: AuthenticatedRequest, problem_id: UUID, panel_id: int) -> HttpResponseBase:
    """Question, answer and image of one panel."""
    panel = fetch_panel(request, problem_id, panel_id)
    if request.method != "POST":
        if not panel.problem.is_editable:
            return redirect("curation:problem_overview", problem_id=problem_id)
        return _page(request, panel)
    saved = _save(request, panel, part="saved")
    if isinstance(saved, HttpResponse):
        return saved
    if "use_question" in request.POST:
        saving.use_question_everywhere(panel)
        messages.success(request, "Every panel asks this now.")
        return to_panel(panel)
    if request.htmx:
        return _merged_page(request, panel, saved, _Forms.sent(request), part="saved")
    messages.success(request, "Saved.")
    return to_panel(panel)


def to_panel(panel: Panel, place: str = "") -> HttpResponse:
    """Go to the page of a panel, or a place on it."""
    address = resolve_url("curation:panel_edit", problem_id=panel.problem_id, panel_id=panel.pk)
    return redirect(address + place)


def _save(request: AuthenticatedRequest, panel: Panel, *, part: str) -> HttpResponse | Merged:
    """Keep what the page's form holds; an answer if not all of it could be kept."""
    sent = _Forms.sent(request)
    if not sent.are_valid():
        return _page(request, panel, sent, part=part, status=422)
    try:
        merged = sent.save_in(panel)
    except WrongMomentError as error:
        stored = fetch_panel(request, panel.problem_id, panel.pk)
        return _page(request, stored, sent, error=str(error), part=part, status=409)
    if merged.conflicts:
        return _merged_page(request, panel, merged, sent, part=part, status=409)
    return merged


def _merged_page(
    request: AuthenticatedRequest,
    panel: Panel,
    merged: Merged,
    sent: _Forms,
    *,
    part: str,
    status: int = 200,
) -> HttpResponse:
    """What is stored now; both texts beside a field where two windows wrote; that is a choice."""
    sent.are_valid()
    stored = fetch_panel(request, panel.problem_id, panel.pk)
    forms = _Forms.of(stored)
    forms.show(merged, sent)
    return _page(
        request,
        stored,
        forms,
        part=part,
        status=status,
        is_merged=True,
        error=conflict_words(merged),
        conflicts=len(merged.conflicts),
        left_out=forms.left_out(merged, sent),
        is_other_image=not forms.show_the_image_of(sent),
    )


def _page(
    request: AuthenticatedRequest,
    panel: Panel,
    forms: _Forms | None = None,
    *,
    part: str = "",
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    forms = forms or _Forms.of(panel)
    check = checked(panel.problem, on=panel)
    found = _worth_saying(check, panel)
    facts = forms.facts or (ImageFactsForm.of(panel.image) if panel.image else None)
    questions = [other.question for other in panel.problem.panels.all() if other.question]
    context |= {
        "check": check,
        "problem": panel.problem,
        "searches_text": is_text_searched(),
        "scan": _scan(request, panel),
        "panel": panel,
        "described_for": partial(_described_for, panel),
        "form": forms.words,
        "facts": facts,
        "word_rows": field_rows(forms.words, found, {"answer": check.fix_at(panel.position)}),
        "fact_rows": field_rows(facts, found) if facts else [],
        "image_findings": [finding for finding in found if finding.field == "image"],
        "elsewhere": check.elsewhere_of(panel.position),
        "asking_otherwise": sum(question != panel.question for question in questions),
        "crediting": crediting(panel),
        **_neighbors(panel),
        "saved_at": timezone.now() if part == "saved" else panel.problem.updated_at,
    }
    answer = render_part(request, "curation/panel_edit.html", part, context, status=status)
    if request.htmx and part == "editor":
        answer["HX-Retarget"] = answer["HX-Reselect"] = "#editor"
    return answer


def _worth_saying(check: Checked, panel: Panel) -> list[Finding]:
    """What is said at the fields; what is missing where nobody wrote yet, the list says alone.

    A question may have come from another panel.
    """
    is_touched = panel.image or panel.answer or panel.accepted_variants
    found = check.at(panel.position)
    return found if is_touched else [finding for finding in found if not finding.is_missing]


def _scan(request: AuthenticatedRequest, panel: Panel) -> Scan | None:
    """The scan whose window can still be changed, if the image was taken from one."""
    if panel.image is None:
        return None
    return Scan.objects.visible_to(request.user).that_gave(panel.image).first()


def _described_for(panel: Panel) -> Problem | None:
    """The earlier problem of this author in which the same image was described."""
    if panel.image is None or not panel.image.source:
        return None
    earlier = Problem.objects.written_before(panel.problem).showing(panel.image)
    return earlier.prefetch_related("panels").first()


def _neighbors(panel: Panel) -> dict[str, Panel | None]:
    """The panels before and after this one."""
    panels = list(panel.problem.panels.all())
    place = [other.pk for other in panels].index(panel.pk)
    before = panels[place - 1] if place else None
    after = panels[place + 1] if place + 1 < len(panels) else None
    return {"previous": before, "next": after}


type _Action[**P] = Callable[Concatenate[AuthenticatedRequest, Panel, P], HttpResponse]


def after_saving(act: _Action[[]]) -> Callable[..., HttpResponseBase]:
    """A button of the panel's page: POST, save the words, then act from what is stored."""

    @require_POST
    @allowed_to(can_author)
    @wraps(act)
    def view(request: AuthenticatedRequest, /, problem_id: UUID, panel_id: int) -> HttpResponse:
        panel = fetch_panel(request, problem_id, panel_id)
        saved = _save(request, panel, part="editor")
        if isinstance(saved, HttpResponse):
            return saved
        stored = fetch_panel(request, problem_id, panel_id)
        try:
            return act(request, stored)
        except InvalidContentError as error:
            return refused_page(request, stored, error=str(error))
        except WrongMomentError as error:
            return refused_page(request, stored, error=str(error), status=409)

    return view


def refused_page(
    request: AuthenticatedRequest, panel: Panel, *, status: int = 422, **context: Any
) -> HttpResponse:
    """The page of a panel as it is stored now, with why something else was not done."""
    stored = fetch_panel(request, panel.problem_id, panel.pk)
    return _page(request, stored, part="editor", status=status, **context)
