"""Where a problem can be, and the verbs that move it; `workflow` says which move is legal when."""

from django.db import models


class Status(models.TextChoices):
    """Where a problem is. Only `workflow` moves it."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    CHANGES_REQUESTED = "changes_requested", "Changes requested"
    APPROVED = "approved", "Approved"
    PUBLISHED = "published", "Published"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    RETIRED = "retired", "Retired"


EDITABLE = (Status.DRAFT, Status.CHANGES_REQUESTED)
GIVEN_UP = (Status.REJECTED, Status.WITHDRAWN, Status.RETIRED)
RELEASABLE = (Status.APPROVED, Status.PUBLISHED)
UNFROZEN = (Status.DRAFT, Status.WITHDRAWN)


class Move(models.TextChoices):
    """The verb that takes a problem from one status to another."""

    SUBMIT = "submit", "submitted"
    WITHDRAW = "withdraw", "withdrew"
    REOPEN = "reopen", "reopened"
    REQUEST_CHANGES = "request_changes", "requested changes"
    APPROVE = "approve", "approved"
    OVERRULE = "overrule", "approved over a rejection"
    RETURN = "return", "returned"
    REJECT = "reject", "rejected"
    PUBLISH = "publish", "published"
    RETIRE = "retire", "retired"
    IMPORT = "import", "imported"


SENDS_BACK = (Move.REQUEST_CHANGES, Move.RETURN)
SETTLES = (Move.OVERRULE, Move.RETURN)
SIGNED = (Move.OVERRULE, Move.RETURN, Move.REJECT, Move.RETIRE)
