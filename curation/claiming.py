"""Places for reviewers: who judges a revision now."""

from curation.models import Claim, Revision, User


def end_claim(revision: Revision, by: User) -> Claim | None:
    """Give a reviewer's place back; what it was, or none where they held none."""
    claim = Claim.objects.by(by).filter(revision=revision).first()
    if claim is not None:
        Claim.objects.filter(pk=claim.pk).delete()
    return claim
