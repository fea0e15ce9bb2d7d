"""People with fixed roles and what they made, for tests of pages."""

import hashlib
from functools import cached_property
from zlib import crc32

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from curation import arranging, workflow
from curation.claiming import assign, take_place
from curation.commenting import write_comment
from curation.domain.anchors import Anchor
from curation.models import (
    ApiToken,
    Assignment,
    Claim,
    Comment,
    HubPush,
    Image,
    Invitation,
    Notice,
    NoticeKind,
    Panel,
    Problem,
    Release,
    ReleaseFile,
    Removal,
    Revision,
    Scan,
    User,
)
from curation.people import Roles, invite
from curation.tokens import create_token
from tests.curation.dicoms import make_scan
from tests.curation.statuses import current, know_answer
from tests.factories import (
    Shown,
    approve,
    make_image,
    make_person,
    make_problem,
    make_release,
    png_bytes,
)


def make_submitted(author: User) -> Problem:
    """A problem before the reviewers, its images kept with its revision as the verb does it."""
    problem = make_problem(author)
    workflow.submit(problem, by=author, version=problem.version)
    return problem


def make_approved(author: User) -> Problem:
    """A problem that two others approved."""
    problem = make_submitted(author)
    approve(problem)
    return problem


def _revision(problem: Problem) -> Revision:
    assert problem.current_revision is not None
    return problem.current_revision


class Cast:
    """Each is made when a page first asks for it."""

    @cached_property
    def author(self) -> User:
        return make_person(is_author=True)

    @cached_property
    def other_author(self) -> User:
        return make_person(is_author=True)

    @cached_property
    def reviewer(self) -> User:
        return make_person(is_reviewer=True)

    @cached_property
    def editor(self) -> User:
        return make_person(is_editor=True)

    @cached_property
    def reader(self) -> User:
        return make_person()

    @cached_property
    def closed(self) -> User:
        """Somebody whose account an editor closed."""
        return make_person(is_author=True, is_reviewer=True, is_editor=True, is_active=False)

    @cached_property
    def protected(self) -> User:
        """Somebody whose second step is an authenticator app."""
        person = make_person(is_author=True)
        TOTP.activate(person, generate_totp_secret())
        return person

    @cached_property
    def invitation(self) -> Invitation:
        invitation, _ = invite("invited@example.org", roles=Roles(is_author=True), by=self.editor)
        return invitation

    @cached_property
    def token(self) -> ApiToken:
        """A token of the author."""
        token, _ = create_token(self.author, name="A script", scopes=["runs:read"], days=30)
        return token

    @cached_property
    def draft(self) -> Problem:
        return make_problem(self.author)

    @cached_property
    def uneven(self) -> Problem:
        """A draft whose first panel asks another question."""
        first, second = Shown(answer="A disc", question="What is it?"), Shown(answer="A ring")
        return make_problem(self.author, examples=(first, second))

    @cached_property
    def panel(self) -> Panel:
        return self.draft.panels.in_order()[0]

    @cached_property
    def removal(self) -> Removal:
        return arranging.remove_panel(make_problem(self.author).panels.in_order()[0])

    @cached_property
    def submitted(self) -> Problem:
        return make_submitted(self.author)

    @cached_property
    def claim(self) -> Claim:
        """The place that the reviewer has at what was submitted."""
        return take_place(current(self.submitted), self.reviewer)

    @cached_property
    def assignment(self) -> Assignment:
        """What the editor asks the reviewer to judge."""
        return assign(self.submitted, self.reviewer, by=self.editor)

    @cached_property
    def comment(self) -> Comment:
        """A remark of the editor that everybody concerned may read."""
        return write_comment(_revision(self.submitted), by=self.editor, anchor=Anchor(), text="So?")

    @cached_property
    def unsent_comment(self) -> Comment:
        """A remark of the reviewer, who knows the answer, that waits for their verdict."""
        know_answer(self.submitted, self.reviewer)
        return write_comment(
            _revision(self.submitted), by=self.reviewer, anchor=Anchor(0), text="Why?"
        )

    @cached_property
    def withdrawn(self) -> Problem:
        problem = make_submitted(self.author)
        workflow.withdraw(problem, by=self.author)
        return problem

    @cached_property
    def image(self) -> Image:
        image = make_image(self.author)
        storages["images"].save(image.thumbnail_name, ContentFile(png_bytes(1)))
        return image

    @cached_property
    def scan(self) -> Scan:
        return make_scan(self.panel)

    @cached_property
    def notice(self) -> Notice:
        Notice.objects.tell(
            [self.reader], kind=NoticeKind.RELEASE_READY, text="It is ready.", address="/releases/"
        )
        return self.reader.notices.get()

    @cached_property
    def release(self) -> Release:
        release = make_release(make_approved(self.author), by=self.editor)
        storages["releases"].save(f"{release.version}/data/part.parquet", ContentFile(b"rows"))
        ReleaseFile.objects.create(
            release=release,
            path="data/part.parquet",
            sha256=hashlib.sha256(b"rows").hexdigest(),
            byte_size=4,
            crc32=crc32(b"rows"),
        )
        return release

    def push(self, status: str) -> HubPush:
        """A push of the release that is in this status."""
        return HubPush.objects.create(
            release=self.release,
            repository=f"lab/{status}-{self.release.pushes.count()}",
            requested_by=self.editor,
            status=status,
        )

    @cached_property
    def failed_release(self) -> Release:
        return Release.objects.create(
            version="0.0.1", cut_by=self.editor, status=Release.Status.FAILED
        )
