"""What the history tells of: each thing that is done here, and what it is about."""

from django.db import models


class HistoryKind(models.TextChoices):
    """What an entry is about, as the editors' page filters by it."""

    MOVE = "move", "Moves"
    REVIEW = "review", "Reviews"
    PERSON = "person", "People and roles"
    SIGN_IN = "sign_in", "Signing in"
    KEY = "key", "Tokens and keys"
    RELEASE = "release", "Releases"
    FILE = "file", "Downloads and exports"
    IMPORT = "import", "Imports"
    RUN = "run", "Runs"
    INSTRUCTIONS = "instructions", "Instructions"


class What(models.TextChoices):
    """What was done. What stands before the dot is the kind; a move and a verdict keep theirs."""

    SUBMIT = "move.submit", "submitted a problem"
    WITHDRAW = "move.withdraw", "withdrew a problem"
    REOPEN = "move.reopen", "reopened a problem"
    MOVE_REQUEST_CHANGES = "move.request_changes", "returned a problem"
    MOVE_APPROVE = "move.approve", "approved a problem"
    MOVE_OVERRULE = "move.overrule", "approved a problem over a rejection"
    MOVE_RETURN = "move.return", "returned a disputed problem"
    MOVE_REJECT = "move.reject", "rejected a problem"
    PUBLISH = "move.publish", "published a problem"
    RETIRE = "move.retire", "retired a problem"
    MOVE_IMPORT = "move.import", "imported a problem of a release"
    DISCARD = "move.discard", "threw away a draft that was never submitted"

    APPROVE = "review.approve", "gave the verdict “approve”"
    REQUEST_CHANGES = "review.request_changes", "gave the verdict “request changes”"
    REJECT = "review.reject", "gave the verdict “reject”"

    ASKED = "review.asked", "asked somebody to review a problem"
    ASKED_NO_MORE = "review.asked_no_more", "asked somebody no longer to review a problem"
    DECLINED = "review.declined", "left a problem to other reviewers"

    INVITED = "person.invited", "invited somebody"
    INVITATION_REVOKED = "person.invitation_revoked", "revoked an invitation"
    ADDED = "person.added", "became a person here"
    JOINED = "person.joined", "accepted an invitation"
    ROLES_CHANGED = "person.roles_changed", "changed a person's roles"
    DEACTIVATED = "person.deactivated", "closed an account"
    REACTIVATED = "person.reactivated", "opened an account again"

    SIGNED_IN = "sign_in.succeeded", "signed in"
    SIGN_IN_FAILED = "sign_in.failed", "failed to sign in"
    SIGNED_OUT = "sign_in.ended", "signed out"

    TOKEN_MADE = "key.token_made", "made an API token"
    TOKEN_REVOKED = "key.token_revoked", "revoked an API token"
    SECOND_FACTOR_CHANGED = "key.second_factor_changed", "changed a second factor"
    PASSWORD_CHANGED = "key.password_changed", "changed a password"
    ENDPOINT_ADDED = "key.endpoint_added", "added an endpoint"
    ENDPOINT_CHANGED = "key.endpoint_changed", "changed an endpoint's address or key"

    RELEASE_CUT = "release.cut", "cut a release"
    RELEASE_WRITTEN = "release.written", "wrote a release's files"
    RELEASE_FAILED = "release.failed", "could not write a release's files"
    RELEASE_STOPPED = "release.stopped", "stopped the writing of a release's files"
    RELEASE_RETRIED = "release.retried", "had a release's files written again"

    RELEASE_PUBLISHED = "release.published", "published a release"
    RELEASE_DISCARDED = "release.discarded", "discarded the draft of a release"
    RELEASE_YANKED = "release.yanked", "yanked a release"
    RELEASE_OPENED = "release.opened", "opened a release to everybody"
    RELEASE_CLOSED = "release.closed", "kept a release for those who sign in"
    RELEASE_IMPORTED = "release.imported", "imported a release"
    RELEASE_PUSHED = "release.pushed", "pushed a release to a hub"

    DOWNLOADED = "file.downloaded", "downloaded a file of a release"
    EXPORTED = "file.exported", "exported a release"
    HISTORY_EXPORTED = "file.history_exported", "exported this history"

    IMPORT_STARTED = "import.started", "started an import"
    IMPORT_FINISHED = "import.finished", "finished an import"
    IMPORT_CANCELLED = "import.cancelled", "cancelled an import"

    JUDGE_SAMPLED = "run.judge_sampled", "drew a sample of a judge's verdicts for experts"
    JUDGE_SAMPLE_DISCARDED = (
        "run.judge_sample_discarded",
        "discarded a sample of a judge's verdicts",
    )

    INSTRUCTIONS_EDITED = "instructions.edited", "edited the instructions"

    @property
    def kind(self) -> HistoryKind:
        """What it is about."""
        return HistoryKind(self.value.partition(".")[0])
