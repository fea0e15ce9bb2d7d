"""Predictions of a run: which there are, and of one what was asked, what came back, its worth."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from curation.http import PAGE_SIZE, AuthenticatedRequest, allowed_to, fetch_visible
from curation.models import Image, Revision, User
from curation.permissions import answers_hidden_from, is_member
from evaluation.asking import request_as_planned
from evaluation.browsing import Browsed, browse, shown_predictions, which_of_its_problem
from evaluation.domain.prompting import ImagePart, Prompt, TextPart
from evaluation.domain.protocol import Protocol
from evaluation.domain.reading import read_from
from evaluation.models import JudgedAnswer, Prediction, Run
from evaluation.tasks import index_run
from evaluation.variants import foreign_revisions, variants_of_rows


@require_safe
@allowed_to(is_member)
def prediction_list(request: AuthenticatedRequest, run_id: int) -> HttpResponseBase:
    """The predictions of a run, told apart by whatever tells them apart."""
    run = fetch_visible(Run.objects.with_parts(), pk=run_id)
    browsed = _browse(request, run)
    page = Paginator(browsed.choice.keys, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = Prediction.objects.of_run(run_id).with_keys(map(int, page.object_list)).with_parts()
    context = {
        "run": run,
        "browsed": browsed,
        "page": page,
        "rows": shown_predictions(rows, run.protocol, request.user),
        "row_query": browsed.asked.query(),
    }
    return render(request, "evaluation/prediction_list.html", context)


def _browse(request: AuthenticatedRequest, run: Run) -> Browsed:
    browsed = browse(run, request.user, request.GET.dict())
    if not browsed.is_current:
        transaction.on_commit(lambda: index_run.delay(run.pk))
    return browsed


@require_safe
@allowed_to(is_member)
def prediction_detail(
    request: AuthenticatedRequest, run_id: int, prediction_id: int
) -> HttpResponseBase:
    """The prompt as sent with its images, the completion, the score and why."""
    run = fetch_visible(Run.objects.with_parts(), pk=run_id)
    prediction = fetch_visible(Prediction.objects.of_run(run_id).with_parts(), pk=prediction_id)
    variant = variants_of_rows(run_id, [prediction])[prediction.pk]
    content = prediction.revision.content()
    asked = request_as_planned(content, run.protocol, prediction.prompt_sha256, variant)
    foreign = foreign_revisions(run_id, prediction)
    is_hidden = bool(answers_hidden_from(request.user, [prediction.revision.problem]))
    context = {
        "run": run,
        "prediction": prediction,
        "query": content.query,
        "which": which_of_its_problem(prediction, run.protocol),
        # None: prompts were changed since, and what was sent cannot be built anew.
        "turns": _shown_turns(asked.prompt, [prediction.revision, *foreign]) if asked else None,
        "is_hidden": is_hidden,
        "is_prompt_hidden": _is_telling(request.user, run.protocol, prediction, foreign),
        "received": _is_received(prediction),
        "completion": _ReadCompletion.of(prediction),
        "judged": [] if is_hidden else JudgedAnswer.objects.of_prediction(prediction),
        **_place(_browse(request, run), prediction),
    }
    return render(request, "evaluation/prediction_detail.html", context)


def _place(browsed: Browsed, prediction: Prediction) -> dict[str, object]:
    """Where the prediction stands among those that were chosen, and what comes before and after."""
    previous, following = browsed.choice.neighbors(prediction.pk)
    return {
        "browsed": browsed,
        "row_query": browsed.asked.query(),
        "place": browsed.choice.place(prediction.pk),
        "previous": previous,
        "next": following,
    }


@dataclass(frozen=True, slots=True)
class _ReadCompletion:
    """A completion in three: what stands before the part that was read as the answer, and after."""

    before: str
    read: str
    after: str

    @classmethod
    def of(cls, prediction: Prediction) -> "_ReadCompletion":
        text = prediction.completion
        read = (text, prediction.parsed, prediction.parse_pattern, prediction.choices)
        start, end = read_from(*read) or (len(text), len(text))
        return cls(text[:start], text[start:end], text[end:])


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """A turn of the prompt with the rows of its images, whose addresses the page needs."""

    role: str
    texts: list[str]
    images: list[Image]


def _is_telling(
    person: User, protocol: Protocol, prediction: Prediction, foreign: list[Revision]
) -> bool:
    """Whether a prompt would tell this person the answer to a held-out query.

    It is among the choices, perhaps as the one that no example shows, and so is that of a foreign
    problem; and where the matching example stands first or last, its answer is the query's.
    """
    own = bool(answers_hidden_from(person, [prediction.revision.problem]))
    if prediction.choices is None:
        return own and protocol.order.is_by_match
    return own or bool(answers_hidden_from(person, [each.problem for each in foreign]))


def _shown_turns(prompt: Prompt, revisions: list[Revision]) -> list[ShownTurn]:
    images = {image.sha256: image for each in revisions for image in each.images.all()}
    return [
        ShownTurn(
            turn.role.value,
            [part.text for part in turn.parts if isinstance(part, TextPart)],
            [images[part.sha256] for part in turn.parts if isinstance(part, ImagePart)],
        )
        for turn in prompt.turns
    ]


def _is_received(prediction: Prediction) -> bool | None:
    """Whether the server names exactly the images that were sent; None where it says nothing."""
    if prediction.images_received is None:
        return None
    return bool(prediction.images_received == prediction.images_sent)
