"""What pages show of comments: threads at their places in what is shown now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from curation.commenting import awaits_verdict, why_no_part
from curation.domain.anchors import Anchor
from curation.domain.canned_reasons import REASONS, CannedReason
from curation.domain.content import ProblemContent
from curation.domain.difference import pair_panels
from curation.forms.comments import CommentForm, DraftForm, ReplyForm
from curation.models import Comment, Problem, Revision, User
from curation.models.comment import CommentQuerySet
from curation.naming import name_for
from curation.permissions import can_comment, can_see_reviews, can_settle_comment


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReply:
    """An answer in a thread, with what its reader may know of who wrote it."""

    comment: Comment
    writer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownThread:
    """A comment with its replies, and where it belongs in what is shown now."""

    comment: Comment
    writer: str
    replies: Sequence[ShownReply]
    anchor: Anchor | None  # none where the panel is gone
    words: str  # where it was said
    is_own: bool
    is_of_earlier: bool
    resolver: str
    may_settle: bool
    may_reply: bool
    form: ReplyForm

    @property
    def place(self) -> str:
        """The anchor as the form for a new comment has it; empty where the panel is gone."""
        return "" if self.anchor is None else str(self.anchor)

    @property
    def is_gone(self) -> bool:
        """Whether the panel it is about is no more."""
        return self.anchor is None

    @property
    def is_unsent(self) -> bool:
        """Whether it waits for its writer's verdict."""
        return not self.comment.is_sent


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenComment:
    """What is still to be looked at, and the field of the draft where its author mends it."""

    thread: ShownThread
    address: str

    @property
    def panel(self) -> int | None:
        """The panel of the draft."""
        return self.thread.anchor.panel if self.thread.anchor else None

    @property
    def field(self) -> str:
        """The field it is about; empty for the whole of a panel or problem."""
        return self.thread.anchor.field if self.thread.anchor else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownComments:
    """The comments of a page on a revision, and the form for another one, or why there is none."""

    revision: Revision
    threads: Sequence[ShownThread]
    form: CommentForm | None
    why_not: str
    is_draft: bool
    is_in_part: bool
    """Whether those of others are shown only after this reader's verdict."""
    own_open: int
    """How many of this reader's own, sent or not, still want an answer."""
    reasons: Sequence[CannedReason] = ()

    @property
    def open_threads(self) -> list[ShownThread]:
        """What still wants an answer, and what is not sent yet."""
        return [thread for thread in self.threads if thread.comment.is_open]

    @property
    def resolved_threads(self) -> list[ShownThread]:
        """What is done."""
        return [thread for thread in self.threads if not thread.comment.is_open]

    @property
    def draft_count(self) -> int:
        """How many wait for the verdict."""
        return sum(thread.is_unsent and not thread.is_of_earlier for thread in self.threads)


def shown_comments(
    revision: Revision,
    person: User,
    *,
    at: str = "",
    form: CommentForm | None = None,
    refused: Mapping[int, ReplyForm] | None = None,
) -> ShownComments:
    """All that this person may read up to this revision; `at` is the place to begin with.

    Call it only for who may see the answer.
    """
    content = revision.content()
    is_concerned = can_comment(person, revision.problem)
    why_not = why_no_part(revision, person) if is_concerned else ""
    may_write = is_concerned and not why_not
    new = form or CommentForm(content, initial={"place": at})
    threads = Comment.objects.of_problem(revision.problem).threads().up_to(revision)
    shown = shown_threads(threads, person, content, revision, refused=refused)
    return ShownComments(
        revision=revision,
        threads=shown,
        is_in_part=not can_see_reviews(person, revision),
        own_open=sum(one.is_own and one.comment.is_open for one in shown),
        # What was refused for coming too late stays in its form.
        form=new if may_write or form else None,
        why_not=why_not,
        is_draft=may_write and awaits_verdict(revision, person),
        reasons=() if person.pk == revision.problem.author_id else REASONS,
    )


def shown_threads(
    threads: CommentQuerySet,
    person: User,
    content: ProblemContent,
    current: Revision,
    *,
    refused: Mapping[int, ReplyForm] | None = None,
) -> list[ShownThread]:
    """Threads at their places in a content, which is the current revision's or a draft's."""
    loaded = list(threads.visible_to(person).with_replies(person))
    maps = _maps(loaded, content)
    return [
        _shown(thread, person, maps[thread.revision_id], current, (refused or {}).get(thread.pk))
        for thread in loaded
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Map:
    """What a revision says, and where its panels are in what is shown."""

    content: ProblemContent
    now: Mapping[int | None, int | None]

    def place(self, anchor: Anchor) -> Anchor | None:
        """Where the thing that an anchor names is now."""
        if anchor.panel is None:
            return anchor
        panel = self.now.get(anchor.panel)
        return None if panel is None else Anchor(panel, anchor.field)


def _maps(threads: Iterable[Comment], shown: ProblemContent) -> dict[int, _Map]:
    """Each revision read and compared once, however many comments are on it."""
    contents = {thread.revision_id: thread.revision for thread in threads}
    return {key: _map(revision.content(), shown) for key, revision in contents.items()}


def _map(content: ProblemContent, shown: ProblemContent) -> _Map:
    if content == shown:
        return _Map(content=content, now={index: index for index in range(len(shown.panels))})
    return _Map(content=content, now=dict(pair_panels(content, shown)))


def _shown(
    thread: Comment,
    person: User,
    where: _Map,
    current: Revision,
    refused: ReplyForm | None = None,
) -> ShownThread:
    problem = thread.revision.problem
    replies = [
        ShownReply(comment=reply, writer=_who(person, reply.written_by, problem))
        for reply in thread.replies.all()
    ]
    return ShownThread(
        comment=thread,
        writer=_who(person, thread.written_by, problem),
        replies=replies,
        anchor=where.place(thread.anchor),
        words=thread.anchor.words(where.content),
        is_own=thread.written_by == person,
        is_of_earlier=thread.revision != current,
        resolver=_who(person, thread.resolved_by, problem) if thread.resolved_by else "",
        may_settle=thread.is_sent and can_settle_comment(person, thread),
        may_reply=thread.is_sent,
        form=refused or _form(thread),
    )


def _form(thread: Comment) -> ReplyForm:
    """The answer to what was sent; what is not, its writer may write anew."""
    auto_id = f"reply-{thread.pk}-%s"
    if thread.is_sent:
        return ReplyForm(auto_id=auto_id)
    return DraftForm(auto_id=auto_id, initial={"text": thread.text, "seen": thread.text})


def _who(reader: User, person: User, problem: Problem) -> str:
    return "You" if person == reader else name_for(reader, person, problem)


def open_comments(problem: Problem) -> list[OpenComment]:
    """What is still to be looked at in a draft, for its author; load it `with_panels`."""
    if problem.current_revision is None or not problem.is_editable:
        return []
    threads = Comment.objects.of_problem(problem).unresolved().sent()
    shown = shown_threads(threads, problem.author, problem.content(), problem.current_revision)
    return [OpenComment(thread=one, address=_mended_at(problem, one.anchor)) for one in shown]


def _mended_at(problem: Problem, anchor: Anchor | None) -> str:
    """The field of the draft: on the page of the panel, or of the annotations."""
    panels = problem.panels.all()
    if anchor is None or anchor.panel is None or anchor.panel >= len(panels):
        about = reverse("curation:problem_edit", args=[problem.pk])
        return f"{about}#id_{anchor.field}" if anchor and anchor.field else about
    page = reverse("curation:panel_edit", args=[problem.pk, panels[anchor.panel].pk])
    field = "upload" if anchor.field == "image" else f"id_{anchor.field}"
    return f"{page}#{field}" if anchor.field else page
