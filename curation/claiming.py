"""Places for judging a revision, each held by one reviewer for a time."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from curation.errors import WrongMomentError
from curation.models import Claim, Revision, User

_HELD_FOR = timedelta(hours=24)


@transaction.atomic
def take_place(revision: Revision, by: User) -> Claim:
    """Make sure that this reviewer holds a place, for as long as a place is held from now."""
    now = timezone.now()
    held = revision.claims.by(by).first()
    if held is None:
        revision.claims.expired_at(now).delete()
        taken = set(revision.claims.values_list("slot", flat=True))
        free = [slot for slot in range(revision.required_approvals) if slot not in taken]
        if not free:
            raise WrongMomentError("All places for judging it are taken by others for now.")
        held = Claim(revision=revision, slot=free[0], reviewer=by, claimed_at=now)
    held.expires_at = now + _HELD_FOR
    held.save()
    return held


def end_claim(revision: Revision, by: User) -> Claim | None:
    """Give the place back, if there is one; what it was."""
    held = revision.claims.by(by).first()
    if held is not None:
        held.delete()
    return held
