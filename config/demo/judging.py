"""How the demo's reviewers judge: blind answers, some wrong, and views that differ a bit."""

import hashlib
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.utils import timezone

from curation import blind, reviewing
from curation.blind import Given
from curation.domain.answers import is_same_answer
from curation.domain.checklist import ITEMS
from curation.domain.content import ProblemContent
from curation.models import Claim, Difficulty, Rarity, Revision, Stage, User, Verdict

_UNSURE = {Verdict.REQUEST_CHANGES: None, Verdict.REJECT: False, Verdict.APPROVE: True}


def judge(revision: Revision, review: dict[str, Any], *, by: User) -> None:
    """Take a place, answer blind, give the verdict that the collection has."""
    content, dice = revision.content(), _dice(revision, by)
    _take_place(revision, by, minutes=3 + dice % 9)
    for stage in blind.stages_left(by, revision):
        blind.answer_blind(revision, stage, _given(content, stage, dice), by=by)
    verdict = Verdict(review["verdict"])
    reviewing.record_review(
        revision,
        by=by,
        verdict=verdict,
        comment=review["comment"],
        checklist={**dict.fromkeys(ITEMS, True), "answer_is_visible": _UNSURE[verdict]},
        annotations=_chosen(content, dice),
    )


def _dice(revision: Revision, by: User) -> int:
    """The same number in every installation: problems have other keys in each."""
    said = f"{revision.content().query.question} {by.email}"
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:4])


def _given(content: ProblemContent, stage: Stage, dice: int) -> Given:
    """Half are right before they see the examples, most are afterwards."""
    is_lucky = dice % 2 == 0 if stage == Stage.ZERO_SHOT else dice % 8 != 1
    right = content.query.answer
    others = [one.answer for one in content.examples if not is_same_answer(one.answer, right)]
    return Given(
        answer=right if is_lucky or not others else others[dice % len(others)],
        confidence=3 + dice % 3 if stage == Stage.IN_CONTEXT else 1 + dice % 4,
        seconds=20 + dice % 70,
    )


def _take_place(revision: Revision, by: User, *, minutes: int) -> None:
    now = timezone.now()
    Claim.objects.create(
        revision=revision,
        slot=0,
        reviewer=by,
        claimed_at=now - timedelta(minutes=minutes),
        expires_at=now + timedelta(days=1),
    )


def _chosen(content: ProblemContent, dice: int) -> dict[str, str]:
    """The author's annotations, now and then with another difficulty or rarity."""
    chosen: dict[str, str] = asdict(content.annotations)
    if dice % 4 == 0:
        harder = {Difficulty.EASY: Difficulty.MEDIUM, Difficulty.MEDIUM: Difficulty.HARD}
        chosen["difficulty"] = harder.get(Difficulty(chosen["difficulty"]), Difficulty.MEDIUM)
    if dice % 7 == 0:
        chosen["rarity"] = Rarity.UNCOMMON
    return chosen
