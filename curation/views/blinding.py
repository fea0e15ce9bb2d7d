"""What is shown of a problem to a reviewer who has not answered it yet, and who is sent there."""

from collections.abc import Sequence
from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from curation.domain.answers import distinct
from curation.domain.blinding import blinded
from curation.domain.content import PanelRole
from curation.http import AuthenticatedRequest
from curation.models import AnswerFormat, AnswerSeen, Problem, Revision, Stage
from curation.permissions import can_see_answer, is_held_out
from curation.views.found import ShownPanel
from curation.views.showing import shown_panels

_ANSWER_FIRST = "Answer it blind first: what you asked for shows the answer."
_WITHHELD = "Here it is without its answer, which is shown to those alone who judged it."
_WITH_OPTIONS = (AnswerFormat.BINARY, AnswerFormat.MULTIPLE_CHOICE)


def blinded_panels(revision: Revision, stage: Stage) -> list[ShownPanel]:
    """The query without answer, variants and whatever describes its image; the examples whole.

    Before the first answer the query is all there is.
    """
    panels = shown_panels(revision)
    shown = [replace(panel, content=blinded(panel.content)) for panel in panels]
    is_alone = stage is Stage.ZERO_SHOT
    return [panel for panel in shown if not is_alone or panel.content.role is PanelRole.QUERY]


def options_of(revision: Revision, stage: Stage) -> Sequence[str]:
    """The answers of the examples, where the problem is one of choosing; shown beside them."""
    content = revision.content()
    is_choosing = content.annotations.answer_format in _WITH_OPTIONS
    if stage is Stage.ZERO_SHOT or not is_choosing:
        return ()
    return distinct(example.answer for example in content.examples)


def blind_first(request: AuthenticatedRequest, problem: Problem) -> HttpResponse | None:
    """The way to the review for who must answer blind before a page with the answer opens.

    Also for whom a held-out answer is none of theirs: there the problem stands without it. For
    everybody else nothing, but that they were shown the answer is kept.
    """
    if can_see_answer(request.user, problem):
        AnswerSeen.objects.note(problem, request.user)
        return None
    messages.info(request, _WITHHELD if is_held_out(problem) else _ANSWER_FIRST)
    return redirect("curation:review_detail", revision_id=problem.current_revision_id)
