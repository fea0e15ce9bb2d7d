"""The pages of comments: at their places, kept in what was typed, nothing for the wrong eyes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from curation import claiming, commenting, workflow
from curation.domain.anchors import Anchor
from curation.domain.canned_reasons import text_of
from curation.models import AnswerSeen, Comment, Panel, Problem, Status, User, Verdict
from tests.curation.commenters import remark
from tests.curation.statuses import Crew, bring_to, current, judge, know_answer, make_crew

pytestmark = pytest.mark.django_db

_HTMX = {"HX-Request": "true"}


@pytest.fixture
def crew() -> Crew:
    return make_crew()


@pytest.fixture
def problem(crew: Crew) -> Problem:
    return bring_to(Status.SUBMITTED, crew)


def _address(name: str, *args: object) -> str:
    return reverse(f"curation:{name}", args=args)


def _write(client: Client, by: User, problem: Problem, **typed: str) -> Any:
    client.force_login(by)
    htmx = _HTMX if typed.pop("htmx", "") else {}
    typed = {"place": "0:question", "text": "Which side?"} | typed
    return client.post(_address("comment_create", current(problem).pk), typed, headers=htmx)


def _act(client: Client, by: User, thread: Comment, action: str, text: str = "") -> Any:
    client.force_login(by)
    return client.post(_address(f"comment_{action}", thread.pk), {"text": text})


def _list(client: Client, by: User, problem: Problem) -> Any:
    client.force_login(by)
    return client.get(_address("comment_list", problem.pk))


def _return(problem: Problem, crew: Crew, *texts: tuple[str, Anchor]) -> list[Comment]:
    """The first reviewer returns it with remarks."""
    first = crew.reviewers[0]
    threads = [remark(problem, first, text, anchor=anchor) for text, anchor in texts]
    commenting.send_comments(current(problem), first)
    judge(problem, first, Verdict.REQUEST_CHANGES, "See the comments.")
    return list(Comment.objects.of_problem(problem).threads()) if threads else []


def test_a_comment_leads_back_to_itself(client: Client, crew: Crew, problem: Problem) -> None:
    answer = _write(client, crew.author, problem)
    comment = Comment.objects.get()
    assert answer.url == f"{_address('comment_list', problem.pk)}#comment-{comment.pk}"
    assert comment.anchor == Anchor(0, "question")
    page = _address("review_detail", current(problem).pk)
    assert _write(client, crew.author, problem, back=page).url.startswith(f"{page}#comment-")
    assert "evil" not in _write(client, crew.author, problem, back="https://evil.example/").url


def test_scripts_get_the_list_alone_with_an_empty_form(
    client: Client, crew: Crew, problem: Problem
) -> None:
    answer = _write(client, crew.author, problem, htmx="yes")
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    (thread,) = answer.context["comments"].threads
    assert thread.words == "Example 1, question"
    assert answer.context["comments"].form["text"].value() is None


@pytest.mark.parametrize("htmx", ["", "yes"])
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"text": "", "reason": ""}, "text"),
        ({"place": "9:question"}, "place"),
        ({"place": "0:id"}, "place"),
        ({"reason": "no_such"}, "reason"),
        ({"text": "x" * 4001}, "text"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    htmx: str, typed: dict[str, str], field: str, client: Client, problem: Problem
) -> None:
    answer = _write(client, problem.author, problem, htmx=htmx, **typed)
    assert answer.status_code == 422
    form = answer.context["comments"].form
    assert field in form.errors
    assert form["text"].value() == typed.get("text", "Which side?")
    assert not Comment.objects.exists()


def test_a_ready_reason_is_enough_or_a_beginning(
    client: Client, crew: Crew, problem: Problem
) -> None:
    for text in ("", "At the top left.", text_of("burned_in_text")):
        _write(client, crew.author, problem, text=text, reason="burned_in_text")
    reason = text_of("burned_in_text")
    texts = [comment.text for comment in Comment.objects.order_by("pk")]
    assert texts == [reason, f"{reason}\n\nAt the top left.", reason]


def test_ready_reasons_are_for_who_judges(client: Client, crew: Crew, problem: Problem) -> None:
    assert b"data-reasons" in _list(client, crew.editor, problem).content
    assert b"data-reasons" not in _list(client, crew.author, problem).content


def test_the_form_begins_at_the_place_that_the_address_names(
    client: Client, crew: Crew, problem: Problem
) -> None:
    client.force_login(crew.author)
    page = client.get(_address("comment_list", problem.pk), {"at": "1:answer"})
    assert b'<option value="1:answer" selected>' in page.content


@pytest.mark.parametrize("htmx", ["", "yes"])
def test_a_remark_that_comes_too_late_is_not_lost(
    htmx: str, client: Client, crew: Crew, problem: Problem
) -> None:
    first, second, _ = crew.reviewers
    know_answer(problem, second)
    judge(problem, first, Verdict.REQUEST_CHANGES, "No.")
    answer = _write(client, second, problem, htmx=htmx)
    assert answer.status_code == 409
    assert "takes no verdicts any more" in answer.content.decode()


def test_a_reviewer_is_told_that_it_waits_for_the_verdict(
    client: Client, crew: Crew, problem: Problem
) -> None:
    first = crew.reviewers[0]
    know_answer(problem, first)
    page = _write(client, first, problem, htmx="yes").content.decode()
    assert "1 comment of yours waits for your verdict" in page
    assert "Keep for my verdict" in page
    draft = Comment.objects.get()
    answer = client.post(_address("comment_discard", draft.pk), headers=_HTMX)
    assert answer.context["comments"].threads == []
    assert not Comment.objects.exists()


def test_what_was_sent_is_not_discarded(client: Client, crew: Crew, problem: Problem) -> None:
    thread = remark(problem, crew.author)
    assert _act(client, crew.author, thread, "discard").status_code == 409
    assert _act(client, crew.editor, thread, "discard").status_code == 403


def test_a_thread_is_answered_resolved_and_reopened(
    client: Client, crew: Crew, problem: Problem
) -> None:
    (thread,) = _return(problem, crew, ("Which side?", Anchor(0)))
    _act(client, crew.author, thread, "reply", "The left one.")
    _act(client, crew.author, thread, "resolve", "Done.")
    page = _list(client, crew.reviewers[0], problem)
    (shown,) = page.context["comments"].resolved_threads
    assert [reply.comment.text for reply in shown.replies] == ["The left one.", "Done."]
    assert shown.resolver == str(crew.author)
    _act(client, crew.reviewers[0], thread, "reopen")
    page = _list(client, crew.author, problem)
    assert len(page.context["comments"].open_threads) == 1


@pytest.mark.parametrize(("text", "error"), [("", "Write what"), ("x" * 4001, "at most 4000")])
@pytest.mark.parametrize("headers", [{}, _HTMX])
def test_an_answer_that_cannot_be_taken_is_kept_in_its_thread(
    text: str, error: str, headers: dict[str, str], client: Client, problem: Problem
) -> None:
    thread = remark(problem, problem.author)
    client.force_login(problem.author)
    answer = client.post(_address("comment_reply", thread.pk), {"text": text}, headers=headers)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert error in page
    assert text in page
    assert ("<html" in page) is not bool(headers)


@pytest.mark.parametrize("headers", [{}, _HTMX])
def test_what_waits_for_the_verdict_has_no_answer_yet(
    headers: dict[str, str], client: Client, crew: Crew, problem: Problem
) -> None:
    thread = remark(problem, crew.reviewers[0])
    client.force_login(crew.reviewers[0])
    answer = client.post(_address("comment_reply", thread.pk), {"text": "And"}, headers=headers)
    assert answer.status_code == 409
    assert "sent with your verdict" in answer.content.decode()


def test_a_comment_of_an_earlier_revision_is_shown_at_its_panel(
    client: Client, crew: Crew, problem: Problem
) -> None:
    _return(
        problem, crew, ("Which side?", Anchor(0, "question")), ("Too small.", Anchor(1, "image"))
    )
    first, second, *_ = Panel.objects.filter(problem=problem).in_order()
    second.delete()
    Panel.objects.filter(problem=problem, position__gt=1).order_by("position")
    for position, panel in enumerate(Panel.objects.filter(problem=problem).in_order()):
        Panel.objects.filter(pk=panel.pk).update(position=position)
    Panel.objects.filter(pk=first.pk).update(question="What does this image show on the left?")
    stored = Problem.objects.get(pk=problem.pk)
    workflow.submit(stored, by=crew.author, version=stored.version)
    page = _list(client, crew.reviewers[0], problem)
    kept, gone = page.context["comments"].threads
    assert (kept.place, kept.is_of_earlier) == ("0:question", True)
    assert (gone.is_gone, gone.words) == (True, "Example 2, image")
    assert b"on revision 1" in page.content
    assert b"that panel is gone" in page.content


def test_who_mends_finds_each_open_comment_at_its_field(
    client: Client, crew: Crew, problem: Problem
) -> None:
    threads = _return(
        problem,
        crew,
        ("Ambiguous.", Anchor(0, "question")),
        ("Too dark.", Anchor(0, "image")),
        ("Rather rare.", Anchor(None, "rarity")),
        ("In general.", Anchor()),
    )
    panels = list(problem.panels.in_order())
    page = _address("panel_edit", problem.pk, panels[0].pk)
    about = _address("problem_edit", problem.pk)
    client.force_login(crew.author)
    shown = client.get(page)
    addresses = {one.thread.comment.text: one.address for one in shown.context["check"].comments}
    assert addresses == {
        "Ambiguous.": f"{page}#id_question",
        "Too dark.": f"{page}#upload",
        "Rather rare.": f"{about}#id_rarity",
        "In general.": about,
    }
    assert shown.content.count(b"Open comment</a>") == 2
    assert client.get(about).content.count(b"Open comment</a>") == 1
    other = client.get(_address("panel_edit", problem.pk, panels[1].pk))
    assert b"Open comment</a>" not in other.content
    _act(client, crew.author, threads[0], "resolve")
    assert client.get(page).content.count(b"Open comment</a>") == 1


def test_names_of_reviewers_are_hidden_from_authors_where_editors_say_so(
    client: Client, crew: Crew, problem: Problem, settings: Settings
) -> None:
    settings.HIDE_REVIEWERS = True
    (thread,) = _return(problem, crew, ("Which side?", Anchor(0)))
    commenting.resolve(thread, by=crew.reviewers[0], text="Never mind.")
    for page in (
        _list(client, crew.author, problem),
        client.get(_address("problem_history", problem.pk)),
    ):
        assert crew.reviewers[0].name not in page.content.decode().replace(_verdicts(page), "")
    assert crew.reviewers[0].name in _list(client, crew.editor, problem).content.decode()


def _verdicts(page: Any) -> str:
    """The part that components/reviews.html shows, which names by itself."""
    text: str = page.content.decode()
    return text[text.index("<h2>Verdicts</h2>") :] if "<h2>Verdicts</h2>" in text else ""


@pytest.mark.parametrize("headers", [{}, _HTMX])
def test_a_draft_is_edited_in_place(
    headers: dict[str, str], client: Client, crew: Crew, problem: Problem
) -> None:
    first = crew.reviewers[0]
    draft = remark(problem, first, "Wich\nside?")
    page = _list(client, first, problem)
    assert 'name="seen" value="Wich\nside?"' in page.text
    sent = {"text": "Which\r\nside?", "seen": "Wich\r\nside?"}
    answer = client.post(_address("comment_edit", draft.pk), sent, headers=headers)
    draft.refresh_from_db()
    assert (draft.text, draft.is_sent) == ("Which\nside?", False)
    if headers:
        assert "Which<br>side?" in answer.text
    else:
        at = _address("comment_list", problem.pk)
        assert answer.headers["Location"] == f"{at}#comment-{draft.pk}"


@pytest.mark.parametrize("headers", [{}, _HTMX])
@pytest.mark.parametrize(
    ("text", "seen", "status", "said"),
    [
        ("", "Which?", 422, "Write what should be looked at"),
        ("x" * 4001, "Which?", 422, "at most 4000"),
        ("A rare word", "What?", 409, "it says: “Which?”"),
    ],
)
def test_an_edit_that_cannot_be_taken_stays_in_its_place(
    *,
    text: str,
    seen: str,
    status: int,
    said: str,
    headers: dict[str, str],
    client: Client,
    crew: Crew,
    problem: Problem,
) -> None:
    draft = remark(problem, crew.reviewers[0], "Which?")
    client.force_login(crew.reviewers[0])
    address = _address("comment_edit", draft.pk)
    answer = client.post(address, {"text": text, "seen": seen}, headers=headers)
    assert answer.status_code == status
    assert said in answer.text
    assert text in answer.text
    assert Comment.objects.get().text == "Which?"
    assert 'name="seen" value="Which?"' in answer.text, "saved once more it is taken"


def test_only_its_writer_edits_a_draft_and_nobody_what_was_sent(
    client: Client, crew: Crew, problem: Problem
) -> None:
    draft, said = remark(problem, crew.reviewers[0]), remark(problem, crew.author, "So.")
    sent = {"text": "Mine", "seen": "Which side?"}
    for person, thread, status in (
        (crew.editor, draft, 404),
        (crew.author, draft, 404),
        (crew.editor, said, 403),
        (crew.author, said, 409),
    ):
        client.force_login(person)
        assert client.post(_address("comment_edit", thread.pk), sent).status_code == status
    judge(problem, crew.reviewers[0], Verdict.APPROVE)
    client.force_login(crew.reviewers[0])
    answer = client.post(_address("comment_edit", draft.pk), sent)
    assert (answer.status_code, "Mine" in answer.text) == (409, True)
    assert list(Comment.objects.values_list("text", flat=True)) == ["Which side?", "So."]


def _take_all(problem: Problem, crew: Crew) -> None:
    for other in crew.reviewers[1:]:
        claiming.take_place(current(problem), other)


def _see_elsewhere(problem: Problem, crew: Crew) -> None:
    AnswerSeen.objects.note(problem, crew.reviewers[0])


@pytest.mark.parametrize(
    ("loses", "page_says", "comments_say"),
    [
        (_take_all, "You cannot review it now. Both places", "Both places are taken by others"),
        (_see_elsewhere, "You cannot review it: you were shown", "answer already"),
    ],
)
def test_a_reviewer_without_a_place_is_told_why_in_place_of_the_forms(
    *,
    loses: Callable[[Problem, Crew], None],
    page_says: str,
    comments_say: str,
    client: Client,
    crew: Crew,
    problem: Problem,
) -> None:
    first = crew.reviewers[0]
    if loses is _take_all:
        know_answer(problem, first)
    client.force_login(first)
    page = _address("review_detail", current(problem).pk)
    loses(problem, crew)
    shown = client.get(page)
    assert page_says in shown.text
    assert comments_say in shown.text.partition("Comments are sent with a verdict, and you")[2]
    assert "new-comment" not in shown.text
    assert 'id="verdict"' not in shown.text
    late = _write(client, first, problem)
    assert (late.status_code, "Which side?" in late.text) == (409, True)


@pytest.mark.parametrize(
    "name", ["comment_reply", "comment_resolve", "comment_reopen", "comment_edit"]
)
def test_what_somebody_may_not_read_is_not_there_for_them(
    name: str, client: Client, crew: Crew, problem: Problem
) -> None:
    first, second, _ = crew.reviewers
    draft = remark(problem, first)
    know_answer(problem, second)
    for person in (crew.author, crew.editor, second):
        client.force_login(person)
        assert client.post(_address(name, draft.pk), {"text": "Hm"}).status_code == 404


def test_who_may_still_answer_blind_reads_no_comment(
    client: Client, crew: Crew, problem: Problem
) -> None:
    remark(problem, crew.author, "It is a pneumothorax.")
    assert _list(client, crew.reviewers[0], problem).status_code == 403


def test_a_draft_that_was_never_submitted_has_none(client: Client, crew: Crew) -> None:
    page = _list(client, crew.author, bring_to(Status.DRAFT, crew))
    assert b"No comments yet" in page.content


def test_more_comments_cost_no_more_queries(client: Client, crew: Crew, problem: Problem) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get(_address("comment_list", problem.pk))
        return len(caught)

    client.force_login(crew.author)

    thread = remark(problem, crew.author)
    commenting.reply(thread, by=crew.editor, text="Yes.")
    few = queries()
    for _ in range(5):
        commenting.reply(remark(problem, crew.editor), by=crew.author, text="No.")
    assert queries() == few
