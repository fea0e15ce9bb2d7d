"""Comments on revisions: reading, writing, answering and settling them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from curation import commenting
from curation.commenting import ChangedCommentError
from curation.errors import InvalidContentError, WrongMomentError
from curation.forms.comments import CommentForm, DraftForm, ReplyForm
from curation.http import AuthenticatedRequest, allowed_to, fetch_visible, require, way_back
from curation.models import AnswerSeen, Comment, Problem, Revision
from curation.permissions import can_comment, can_settle_comment, is_member
from curation.views.commented import ShownThread, shown_comments, shown_threads
from curation.views.problems import fetch_problem


@require_safe
@allowed_to(is_member)
def comment_list(request: AuthenticatedRequest, problem_id: UUID) -> HttpResponseBase:
    """All comments on a problem that this person may read, at their places in it."""
    problem = fetch_problem(request, problem_id)
    _require_part(request, problem)
    return _list(request, problem, problem.current_revision)


def _require_part(request: AuthenticatedRequest, problem: Problem) -> None:
    """What is said at the fields tells the answer: whoever reads it cannot answer blind later."""
    require(can_comment(request.user, problem))
    AnswerSeen.objects.note(problem, request.user)


def _list(
    request: AuthenticatedRequest,
    problem: Problem,
    revision: Revision | None,
    *,
    form: CommentForm | None = None,
    refused: dict[int, ReplyForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    at = request.GET.get("at", "")
    comments = revision and shown_comments(
        revision, request.user, at=at, form=form, refused=refused
    )
    context = {"problem": problem, "comments": comments}
    return render(request, "curation/comment_list.html", context, status=status)


@require_POST
@allowed_to(is_member)
def comment_create(request: AuthenticatedRequest, revision_id: int) -> HttpResponseBase:
    """Start a thread at a field."""
    visible = Revision.objects.of_problems(Problem.objects.visible_to(request.user))
    revision = fetch_visible(visible.select_related("problem__author"), pk=revision_id)
    _require_part(request, revision.problem)
    form = CommentForm(revision.content(), request.POST)
    if not form.is_valid():
        return _refused(request, revision, form, status=422)
    try:
        comment = commenting.write_comment(
            revision, by=request.user, anchor=form.anchor, text=form.cleaned_data["text"]
        )
    except WrongMomentError as error:
        form.add_error(None, str(error))
        return _refused(request, revision, form, status=409)
    if request.htmx:
        return _part(request, revision)
    return _back(request, comment)


def _refused(
    request: AuthenticatedRequest, revision: Revision, form: CommentForm, *, status: int
) -> HttpResponse:
    """What was typed, with what is wrong about it."""
    if request.htmx:
        return _part(request, revision, form, status=status)
    return _list(request, revision.problem, revision, form=form, status=status)


def _part(
    request: AuthenticatedRequest,
    revision: Revision,
    form: CommentForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    comments = shown_comments(revision, request.user, form=form)
    context = {"comments": comments, "is_update": True}
    return render(request, "components/comments.html", context, status=status)


def _back(request: AuthenticatedRequest, comment: Comment) -> HttpResponse:
    """Where the person was, at the comment."""
    problem = comment.revision.problem_id
    page = way_back(request, otherwise=reverse("curation:comment_list", args=[problem]))
    return redirect(f"{page.partition('#')[0]}#comment-{comment.parent_id or comment.pk}")


def _fetch_thread(request: AuthenticatedRequest, comment_id: int) -> Comment:
    """A comment that starts a thread and that this person may read, or 404."""
    problems = Problem.objects.visible_to(request.user)
    visible = Comment.objects.threads().of_problems(problems).visible_to(request.user)
    return fetch_visible(visible.select_related("revision__problem__author"), pk=comment_id)


@require_POST
@allowed_to(is_member)
def comment_reply(request: AuthenticatedRequest, comment_id: int) -> HttpResponseBase:
    """Answer in a thread."""
    thread = _fetch_thread(request, comment_id)
    require(can_comment(request.user, thread.revision.problem))
    return _answer(request, thread, commenting.reply)


@require_POST
@allowed_to(is_member)
def comment_resolve(request: AuthenticatedRequest, comment_id: int) -> HttpResponseBase:
    """Say that it is done, with a last word or without."""
    return _settle(request, comment_id, commenting.resolve)


@require_POST
@allowed_to(is_member)
def comment_reopen(request: AuthenticatedRequest, comment_id: int) -> HttpResponseBase:
    """Say that it is not done after all."""
    return _settle(request, comment_id, commenting.reopen)


def _settle(
    request: AuthenticatedRequest, comment_id: int, verb: Callable[..., object]
) -> HttpResponse:
    thread = _fetch_thread(request, comment_id)
    require(can_settle_comment(request.user, thread))
    return _answer(request, thread, verb)


def _answer(
    request: AuthenticatedRequest,
    thread: Comment,
    verb: Callable[..., object],
    form: ReplyForm | None = None,
) -> HttpResponse:
    """Do it with what was typed; the thread as it is then, or the words again with the error."""
    AnswerSeen.objects.note(thread.revision.problem, request.user)
    form = form or ReplyForm(request.POST, auto_id=f"reply-{thread.pk}-%s")
    if not form.is_valid():
        return _unanswered(request, thread, form, status=422)
    try:
        verb(thread, by=request.user, **form.cleaned_data)
    except InvalidContentError as error:
        form.add_error("text", str(error))
        return _unanswered(request, thread, form, status=422)
    except WrongMomentError as error:
        form.add_error("text", str(error))
        return _unanswered(request, thread, form, status=409)
    return _thread(request, thread) if request.htmx else _back(request, thread)


def _unanswered(
    request: AuthenticatedRequest, thread: Comment, form: ReplyForm, *, status: int
) -> HttpResponse:
    if request.htmx:
        return _thread(request, thread, form, status=status)
    problem = thread.revision.problem
    current = problem.current_revision
    return _list(request, problem, current, refused={thread.pk: form}, status=status)


def _thread(
    request: AuthenticatedRequest,
    thread: Comment,
    form: ReplyForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"thread": _shown(request, thread, form)}
    return render(request, "components/comment_thread.html", context, status=status)


def _shown(request: AuthenticatedRequest, thread: Comment, form: ReplyForm | None) -> ShownThread:
    current = thread.revision.problem.current_revision or thread.revision
    only = Comment.objects.threads().that_is(thread)
    refused = {thread.pk: form} if form else None
    (shown,) = shown_threads(only, request.user, current.content(), current, refused=refused)
    return shown


@require_POST
@allowed_to(is_member)
def comment_edit(request: AuthenticatedRequest, comment_id: int) -> HttpResponseBase:
    """Write anew what was not sent."""
    thread = _fetch_thread(request, comment_id)
    require(thread.written_by_id == request.user.pk)
    form = DraftForm(request.POST, auto_id=f"reply-{thread.pk}-%s")

    def rewrite(comment: Comment, **typed: Any) -> None:
        try:
            commenting.rewrite(comment, **typed)
        except ChangedCommentError as error:
            form.renew(error.text)
            raise

    return _answer(request, thread, rewrite, form)


@require_POST
@allowed_to(is_member)
def comment_discard(request: AuthenticatedRequest, comment_id: int) -> HttpResponseBase:
    """Throw away what was not sent."""
    thread = _fetch_thread(request, comment_id)
    require(thread.written_by_id == request.user.pk)
    revision = thread.revision
    commenting.discard(thread, by=request.user)
    if request.htmx:
        return _part(request, revision)
    page = reverse("curation:comment_list", args=[revision.problem_id])
    return redirect(way_back(request, otherwise=page))
