"""Every page of curation: who may use it, who may not, and where nothing is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from curation.domain.consistency import Change, Fix
from curation.domain.versions import version_of
from curation.downloading import archive_name
from curation.models import Panel, Problem, Revision, Stage, StageShown, User
from tests.curation.cast import Cast
from tests.curation.importers import bring_checked, files_of
from tests.factories import png_bytes

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Who may use an address, who may not though they can log in, and where nothing is."""

    name: str
    may: str
    may_not: str = ""
    at: Callable[[Cast], tuple[object, ...]] = lambda _: ()
    nowhere: tuple[object, ...] = ()
    is_action: bool = False
    leads_on: bool = False  # it shows nothing itself
    fills_in: Callable[..., dict[str, object]] = lambda *_: {}

    # What strangers are answered: the way to the login, or what is for everybody.
    strangers: int = 302
    status: int | None = None  # what is answered where it is neither a page nor a way on

    @property
    def works_with(self) -> int:
        """What it answers to those it is for."""
        if self.status:
            return self.status
        return 302 if self.is_action or self.leads_on else 200

    def ask(self, client: Client, *args: object) -> Any:
        """The answer to what its readers send."""
        address = reverse(f"curation:{self.name}", args=args)
        if not self.is_action:
            return client.get(address)
        return client.post(address, filled_in() | self.fills_in(*args))


_ASK_THE_SAME = Fix(
    label="",
    changes=(
        Change(
            panel=0,
            field="question",
            before="What is it?",
            after="What does this image show?",
        ),
    ),
)


def filled_in() -> dict[str, object]:
    """What the forms of all actions take."""
    return {
        "version": 1,
        "code": "image_small",
        "text": "It was made so.",
        "text_from": version_of(""),
        "comment": "Because.",
        "fix": _ASK_THE_SAME.key,
        "upload": SimpleUploadedFile("disc.png", png_bytes(7)),
    }


def _panel_action(name: str) -> Page:
    return Page(
        name=name,
        may="author",
        may_not="reader",
        at=lambda cast: (cast.draft.pk, cast.panel.pk),
        nowhere=(NOBODY, 1),
        is_action=True,
    )


def _problem_action(name: str, at: Callable[[Cast], Problem], *, may_not: str = "reader") -> Page:
    return Page(
        name=name,
        may="author",
        may_not=may_not,
        at=lambda cast: (at(cast).pk,),
        nowhere=(NOBODY,),
        is_action=True,
    )


def _panel_ids(problem_id: UUID) -> list[int]:
    panels = Panel.objects.filter(problem=problem_id).in_order()
    return [panel.pk for panel in panels]


def _credited(problem_id: UUID, _: int) -> dict[str, object]:
    """A picture of the problem whose credit is said."""
    panel = Panel.objects.filter(problem=problem_id).in_order().first()
    return {"credit_of": panel.image_id if panel else ""}


def _import(cast: Cast) -> tuple[object, ...]:
    """An import of the author that waits for its start."""
    return (bring_checked(cast.author, files_of("a")).pk,)


def _answered_blind(revision_id: int, stage: str) -> dict[str, object]:
    """What the forms of a blind answer and of skipping it send, to reviewers who were shown it."""
    for revision in Revision.objects.filter(pk=revision_id):
        for person in User.objects.filter(is_reviewer=True):
            StageShown.objects.note(revision, Stage(stage), person)
    return {"answer": "A disc", "confidence": 3, "reason": "Not my field."}


def _assignable(cast: Cast) -> tuple[object, ...]:
    """A problem that the reviewer, who is there by now, may be asked to judge."""
    assert cast.reviewer
    return (cast.submitted.pk,)


def _asking(problem_id: UUID) -> dict[str, object]:
    """Whoever may judge this problem, by now."""
    problem = Problem.objects.filter(pk=problem_id).first()
    reviewer = User.objects.who_may_judge(problem).first() if problem else None
    return {"reviewer": reviewer.pk if reviewer else 0}


PAGES = (
    Page(name="home", may="reader"),
    Page(name="instructions", may="reader"),
    Page(name="instructions_edit", may="editor", may_not="author"),
    Page(name="hint_next", may="author", may_not="reviewer", is_action=True),
    Page(name="hints_repeat", may="author", may_not="reviewer", is_action=True),
    Page(name="collection", may="editor", may_not="author"),
    Page(name="coverage", may="editor", may_not="reviewer"),
    Page(name="problem_list", may="author", may_not="editor"),
    Page(name="problem_create", may="author", may_not="reviewer"),
    Page(
        name="problem_edit",
        may="author",
        may_not="editor",
        at=lambda cast: (cast.draft.pk,),
        nowhere=(NOBODY,),
    ),
    Page(
        name="problem_overview",
        may="author",
        at=lambda cast: (cast.draft.pk,),
        nowhere=(NOBODY,),
    ),
    Page(
        name="problem_history",
        may="author",
        at=lambda cast: (cast.submitted.pk,),
        nowhere=(NOBODY,),
    ),
    Page(
        name="comment_list",
        may="author",
        may_not="reviewer",  # who did not answer it blind yet
        at=lambda cast: (cast.submitted.pk,),
        nowhere=(NOBODY,),
    ),
    Page(
        name="comment_create",
        may="author",
        may_not="reviewer",
        at=lambda cast: (cast.submitted.current_revision_id,),
        nowhere=(0,),
        is_action=True,
        fills_in=lambda *_: {"place": "0:question"},
    ),
    *(
        Page(
            name=name,
            may="author",
            at=lambda cast: (cast.comment.pk,),
            nowhere=(0,),
            is_action=True,
        )
        for name in ("comment_reply", "comment_resolve", "comment_reopen")
    ),
    Page(
        name="comment_discard",
        may="reviewer",
        at=lambda cast: (cast.unsent_comment.pk,),
        nowhere=(0,),
        is_action=True,
    ),
    Page(
        name="comment_edit",
        may="reviewer",
        at=lambda cast: (cast.unsent_comment.pk,),
        nowhere=(0,),
        is_action=True,
        fills_in=lambda *_: {"text": "Why so?", "seen": "Why?"},
    ),
    Page(
        name="problem_discard",
        may="author",
        may_not="editor",
        at=lambda cast: (cast.draft.pk,),
        nowhere=(NOBODY,),
    ),
    _problem_action("warning_explain", lambda cast: cast.draft),
    _problem_action("problem_submit", lambda cast: cast.draft),
    _problem_action("problem_withdraw", lambda cast: cast.submitted, may_not="reviewer"),
    _problem_action("problem_reopen", lambda cast: cast.withdrawn),
    _problem_action("example_add", lambda cast: cast.draft),
    _problem_action("consistency_fix", lambda cast: cast.uneven),
    Page(
        name="problem_arrange",
        may="author",
        may_not="editor",
        at=lambda cast: (cast.draft.pk,),
        nowhere=(NOBODY,),
        is_action=True,
        fills_in=lambda problem_id: {"order": _panel_ids(problem_id)},
    ),
    Page(
        name="problem_resume",
        may="author",
        may_not="editor",
        at=lambda cast: (cast.draft.pk,),
        nowhere=(NOBODY,),
        leads_on=True,
    ),
    Page(
        name="removal_undo",
        may="author",
        may_not="editor",
        at=lambda cast: (cast.removal.problem_id, cast.removal.pk),
        nowhere=(NOBODY, 1),
        is_action=True,
        fills_in=lambda *_: {"version": 2},  # the removal raised it
    ),
    Page(
        name="problem_decide",
        may="editor",
        may_not="author",
        at=lambda cast: (cast.submitted.pk,),
        nowhere=(NOBODY,),
    ),
    Page(
        name="panel_edit",
        may="author",
        may_not="editor",
        at=lambda cast: (cast.draft.pk, cast.panel.pk),
        nowhere=(NOBODY, 1),
    ),
    *map(
        _panel_action,
        (
            "panel_add",
            "panel_remove",
            "panel_move_earlier",
            "panel_move_later",
            "panel_make_query",
            "panel_make_example",
            "panel_duplicate",
            "image_upload",
            "image_remove",
            "text_confirm",
        ),
    ),
    replace(_panel_action("image_credit"), fills_in=_credited),
    _panel_action("image_credit_others"),
    replace(
        _panel_action("panel_consistency_fix"),
        at=lambda cast: (cast.uneven.pk, cast.uneven.panels.in_order()[0].pk),
    ),
    # What is filled in holds no address: nothing is fetched here.
    replace(_panel_action("image_fetch"), status=422),
    Page(
        name="image_retouch",
        may="author",
        may_not="editor",
        at=lambda cast: (cast.draft.pk, cast.panel.pk),
        nowhere=(NOBODY, 1),
    ),
    Page(
        name="image_file",
        may="author",
        strangers=404,
        at=lambda cast: (cast.image.pk,),
        nowhere=(NOBODY,),
    ),
    Page(
        name="image_thumbnail",
        may="author",
        strangers=404,
        at=lambda cast: (cast.image.pk,),
        nowhere=(NOBODY,),
    ),
    Page(
        name="panel_text",
        may="author",
        may_not="editor",
        at=lambda cast: (cast.draft.pk, cast.panel.pk),
        nowhere=(NOBODY, 1),
    ),
    Page(
        name="text_attest",
        may="author",
        may_not="editor",
        at=lambda cast: (cast.image.pk,),
        nowhere=(NOBODY,),
        is_action=True,
    ),
    Page(name="import_create", may="author", may_not="reviewer"),
    Page(name="import_template", may="author", may_not="reviewer"),
    Page(name="import_detail", may="author", may_not="reviewer", at=_import, nowhere=(NOBODY,)),
    *(
        Page(
            name=name,
            may="author",
            may_not="editor",
            at=lambda cast: (cast.scan.pk,),
            nowhere=(NOBODY,),
            is_action=name == "scan_choose",
        )
        for name in ("scan_detail", "scan_preview", "scan_choose")
    ),
    *(
        Page(
            name=name,
            may="author",
            may_not="reviewer",
            at=_import,
            nowhere=(NOBODY,),
            is_action=True,
        )
        for name in ("import_start", "import_cancel")
    ),
    Page(name="review_queue", may="reviewer", may_not="author"),
    Page(
        name="review_detail",
        may="reviewer",
        may_not="author",
        at=lambda cast: (cast.submitted.current_revision_id,),
        nowhere=(0,),
    ),
    Page(name="review_next", may="reviewer", may_not="author", is_action=True),
    *(
        Page(
            name=name,
            may="reviewer",
            may_not="author",
            at=lambda cast: (cast.submitted.current_revision_id, Stage.ZERO_SHOT.value),
            nowhere=(0, Stage.ZERO_SHOT.value),
            is_action=True,
            fills_in=_answered_blind,
        )
        for name in ("blind_answer", "blind_skip")
    ),
    *(
        Page(
            name=name,
            may="reviewer",
            may_not="author",
            at=lambda cast: (cast.submitted.current_revision_id,),
            nowhere=(0,),
            is_action=True,
        )
        for name in ("claim_create", "review_decline")
    ),
    Page(
        name="claim_release",
        may="reviewer",
        may_not="author",
        at=lambda cast: (cast.claim.revision_id,),
        nowhere=(0,),
        is_action=True,
    ),
    Page(
        name="assignment_create",
        may="editor",
        may_not="author",
        at=_assignable,
        nowhere=(NOBODY,),
        is_action=True,
        fills_in=_asking,
    ),
    Page(
        name="assignment_remove",
        may="editor",
        may_not="author",
        at=lambda cast: (cast.assignment.problem_id, cast.assignment.pk),
        nowhere=(NOBODY, 1),
        is_action=True,
    ),
    Page(name="release_list", may="reader", strangers=200),
    Page(name="release_feed", may="reader", strangers=200),
    Page(name="release_create", may="editor", may_not="author"),
    Page(name="release_choose", may="editor", may_not="author"),
    Page(name="release_compare", may="reader", strangers=200),
    *(
        Page(
            name=name,
            may="editor",
            may_not="reader",
            at=lambda cast: (cast.release.version,),
            nowhere=("9.9.9",),
        )
        for name in ("release_publish", "release_discard", "release_yank")
    ),
    Page(
        name="release_detail",
        may="reader",
        strangers=200,
        at=lambda cast: (cast.release.version,),
        nowhere=("9.9.9",),
    ),
    Page(
        name="release_stop",
        may="editor",
        may_not="reader",
        at=lambda cast: (cast.failed_release.version,),
        nowhere=("9.9.9",),
        is_action=True,
        status=409,  # nobody writes them
    ),
    Page(
        name="release_retry",
        may="editor",
        may_not="reader",
        at=lambda cast: (cast.failed_release.version,),
        nowhere=("9.9.9",),
        is_action=True,
    ),
    Page(
        name="release_open",
        may="editor",
        may_not="reader",
        at=lambda cast: (cast.release.version,),
        nowhere=("9.9.9",),
        is_action=True,
        fills_in=lambda *_: {"who": "members"},
    ),
    Page(
        name="release_hub",
        may="editor",
        may_not="author",
        at=lambda cast: (cast.release.version,),
        nowhere=("9.9.9",),
    ),
    Page(
        name="release_push",
        may="editor",
        may_not="author",
        at=lambda cast: (cast.release.version,),
        nowhere=("9.9.9",),
        is_action=True,
        fills_in=lambda *_: {"repository": "lab/benchmark"},
        status=409,  # tests have no token of a hub
    ),
    Page(
        name="release_push_stop",
        may="editor",
        may_not="author",
        at=lambda cast: (cast.release.version, cast.push("queued").pk),
        nowhere=("9.9.9", 0),
        is_action=True,
    ),
    Page(
        name="release_push_retry",
        may="editor",
        may_not="author",
        at=lambda cast: (cast.release.version, cast.push("failed").pk),
        nowhere=("9.9.9", 0),
        is_action=True,
    ),
    Page(
        name="release_file",
        may="reader",
        strangers=200,
        at=lambda cast: (cast.release.version, "data/part.parquet"),
        nowhere=("9.9.9", "data/part.parquet"),
    ),
    Page(
        name="release_archive",
        may="reader",
        strangers=200,
        at=lambda cast: (cast.release.version, archive_name(cast.release)),
        nowhere=("9.9.9", "a-benchmark-9.9.9"),
    ),
    Page(
        name="release_problem",
        may="reader",
        strangers=200,
        at=lambda cast: (cast.release.version, cast.release.items.get().problem_id),
        nowhere=("9.9.9", NOBODY),
    ),
    Page(name="history_list", may="editor", may_not="author"),
    Page(name="history_export", may="editor", may_not="author"),
    Page(name="people", may="editor", may_not="reviewer"),
    Page(
        name="person_detail",
        may="editor",
        may_not="author",
        at=lambda cast: (cast.reader.pk,),
        nowhere=(0,),
    ),
    *(
        Page(
            name=name,
            may="editor",
            may_not="author",
            at=at,
            nowhere=(0,),
            is_action=True,
            fills_in=lambda *_: {"reason": "They moved."},
        )
        for name, at in (
            ("person_roles", lambda cast: (cast.reader.pk,)),
            ("person_deactivate", lambda cast: (cast.reader.pk,)),
            ("person_reactivate", lambda cast: (cast.closed.pk,)),
            ("person_second_factor", lambda cast: (cast.protected.pk,)),
            ("invitation_revoke", lambda cast: (cast.invitation.pk,)),
        )
    ),
    Page(
        name="invitation_resend",
        may="editor",
        may_not="author",
        at=lambda cast: (cast.invitation.pk,),
        nowhere=(0,),
        is_action=True,
        status=200,  # the page People, with the link that is shown once
    ),
    Page(name="account", may="reader"),
    Page(name="account_sign_out", may="reader", is_action=True),
    Page(name="token_list", may="reader"),
    Page(
        name="token_revoke",
        may="author",
        at=lambda cast: (cast.token.pk,),
        nowhere=(0,),
        is_action=True,
    ),
    Page(name="notice_list", may="reader"),
    Page(name="notice_preferences", may="reader"),
    Page(name="notices_read", may="reader", is_action=True, fills_in=lambda *_: {"until": 1}),
    Page(
        name="notice_read",
        may="reader",
        at=lambda cast: (cast.notice.pk,),
        nowhere=(0,),
        is_action=True,
    ),
)
OPEN = {"health_live", "health_ready", "invitation_accept", "unsubscribe"}
