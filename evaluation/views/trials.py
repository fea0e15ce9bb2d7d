"""Trying a draft on a model: asking, watching, reading what the answers mean."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from curation.domain.content import ProblemContent
from curation.errors import InvalidContentError, WrongMomentError
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible, render_part, require
from curation.models import AnswerSeen, Problem, User
from curation.permissions import can_see_draft, can_write_problem, is_member
from evaluation.domain.outcomes import Outcome
from evaluation.domain.trial_arms import Arm, what_is_missing, wording_of
from evaluation.domain.trial_findings import CAVEAT, ArmAnswer, TrialFinding, finding_of
from evaluation.domain.unknowing import is_unknowing
from evaluation.forms import TrialForm
from evaluation.living import is_runner_alive
from evaluation.models import ModelEndpoint, Trial, TrialAnswer, TrialStatus
from evaluation.permissions import can_see_trials
from evaluation.tasks import work_trial
from evaluation.trials import AlreadyTriedError, ask_trial, next_day, trials_left

_MOST_SHOWN = 25


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(is_member)
def problem_try(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """Ask a model about the draft, and see side by side what models said of it."""
    visible = Problem.objects.visible_to(request.user).with_panels()
    problem = fetch_visible(visible, pk=problem_id)
    if not can_see_trials(request.user, problem):
        raise Http404
    AnswerSeen.objects.note(problem, request.user)
    if request.method != "POST":
        return _page(request, problem)
    require(can_write_problem(request.user, problem))
    form = TrialForm(request.POST)
    if not form.is_valid():
        return _page(request, problem, form=form, status=422)
    try:
        trial = ask_trial(problem, by=request.user, **form.cleaned_data)
    except AlreadyTriedError as error:
        messages.info(request, str(error))
        return redirect("evaluation:problem_try", problem_id=problem.pk)
    except InvalidContentError as error:
        return _page(request, problem, form=form, error=str(error), status=422)
    except WrongMomentError as error:
        return _page(request, problem, form=form, error=str(error), status=409)
    transaction.on_commit(lambda: work_trial.delay(trial.pk))
    return redirect("evaluation:problem_try", problem_id=problem.pk)


def _page(
    request: AuthenticatedRequest,
    problem: Problem,
    *,
    form: TrialForm | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    content = _content_for(request.user, problem)
    trials = list(Trial.objects.of_problem(problem).with_parts()[:_MOST_SHOWN])
    now = [trial for trial in trials if wording_of(trial.content()) == wording_of(content)]
    # Earlier wordings are drafts, which a reviewer does not see.
    is_overseer = can_see_draft(request.user, problem)
    earlier = [trial for trial in trials if trial not in now] if is_overseer else []
    context = {
        "problem": problem,
        "question": content.queries[0].question if content.queries else "",
        "query": content.queries[0] if content.queries else None,
        "examples": content.examples,
        "is_author": can_write_problem(request.user, problem),
        "current": [shown_trial(trial) for trial in now],
        "earlier": [shown_trial(trial) for trial in earlier],
        "is_unfinished": any(not trial.is_settled for trial in (*now, *earlier)),
        "is_worker_alive": is_runner_alive(timezone.now()),
        "caveat": CAVEAT,
        "error": error,
        **_asking(request.user, problem, content, form),
    }
    template = "evaluation/problem_try.html"
    return render_part(request, template, "trials", context, status=status)


def _content_for(person: User, problem: Problem) -> ProblemContent:
    """The draft for those who write or oversee it, else what was submitted."""
    revision = problem.current_revision
    is_draft = revision is None or (problem.is_editable and can_see_draft(person, problem))
    return problem.content() if is_draft or revision is None else revision.content()


def _asking(
    person: User, problem: Problem, content: ProblemContent, form: TrialForm | None
) -> dict[str, object]:
    """What the form shows, for the one who may ask now."""
    if not (can_write_problem(person, problem) and problem.is_editable):
        return {"can_ask": False}
    endpoints = list(ModelEndpoint.objects.open_to_authors())
    initial = {"endpoint": endpoints[0].pk} if endpoints else {}
    return {
        "can_ask": True,
        "endpoints": endpoints,
        "form": form or TrialForm(initial=initial),
        "missing": what_is_missing(content),
        "left": trials_left(person),
        "next_day": next_day(),
    }


@dataclass(frozen=True, slots=True)
class ShownArm:
    """One column: the answer, none while the arm waits, with a shape and a word for it."""

    label: str
    answer: TrialAnswer | None
    shape: str
    word: str

    @property
    def says_more(self) -> bool:
        """Whether the model wrote more than the answer that was read of it."""
        return self.answer is not None and (
            self.answer.completion.strip() != self.answer.parsed.strip()
        )


@dataclass(frozen=True, slots=True)
class ShownTrial:
    """One trial with its columns in order, and what they mean once it has ended."""

    trial: Trial
    arms: tuple[ShownArm, ...]
    finding: TrialFinding | None

    @property
    def done(self) -> int:
        """How many arms have their answer."""
        return sum(arm.answer is not None for arm in self.arms)


def shown_trial(trial: Trial) -> ShownTrial:
    """A trial as the page shows it; load it `with_parts`."""
    answers = {Arm(answer.arm): answer for answer in trial.answers.all()}
    is_whole = trial.status == TrialStatus.FINISHED
    return ShownTrial(
        trial=trial,
        arms=tuple(_shown_arm(arm, answers.get(arm), trial) for arm in Arm),
        finding=_finding(trial, answers) if is_whole else None,
    )


def _finding(trial: Trial, answers: dict[Arm, TrialAnswer]) -> TrialFinding:
    said = {
        arm: ArmAnswer(
            outcome=Outcome(answer.outcome), is_right=answer.is_right, answer=answer.parsed
        )
        for arm, answer in answers.items()
    }
    return finding_of(said, tuple(example.answer for example in trial.content().examples))


def _shown_arm(arm: Arm, answer: TrialAnswer | None, trial: Trial) -> ShownArm:
    if answer is None:
        word = "Not asked" if trial.is_settled else "Waiting"
        return ShownArm(arm.label, None, "queued", word)
    match Outcome(answer.outcome):
        case Outcome.ERROR:
            shape, word = "failed", "Could not be asked"
        case Outcome.REFUSED:
            shape, word = "retired", "Refused"
        case _ if answer.is_right:
            shape, word = "approved", "Right"
        case _ if is_unknowing(answer.parsed):
            shape, word = "retired", "No answer"
        case _:
            shape, word = "rejected", "Wrong"
    return ShownArm(arm.label, answer, shape, word)
