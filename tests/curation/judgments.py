"""Reviews and blind answers as rows, for tests of what is counted from them."""

from collections.abc import Mapping

from curation.models import BlindAnswer, Problem, Review, Stage, User, Verdict


def judge(
    problem: Problem,
    reviewer: User,
    verdict: Verdict = Verdict.APPROVE,
    *,
    seconds: int | None = None,
    **changed: str,
) -> Review:
    """A review of the current revision, its annotations as the author chose but for `changed`."""
    annotations: Mapping[str, str] = {
        "specialty": problem.specialty_id or "",
        "answer_format": problem.answer_format,
        "image_type": problem.image_type,
        "cognitive_process": problem.cognitive_process,
        "rarity": problem.rarity,
        "difficulty": problem.difficulty,
    }
    assert problem.current_revision is not None
    return Review.objects.create(
        revision=problem.current_revision,
        reviewer=reviewer,
        verdict=verdict,
        comment="Because.",
        annotations={**annotations, **changed},
        seconds=seconds,
    )


def answer(problem: Problem, reviewer: User, stage: Stage, *, is_right: bool | None) -> BlindAnswer:
    """A blind answer to the current revision; skipped where it is neither right nor wrong."""
    assert problem.current_revision is not None
    return BlindAnswer.objects.create(
        revision=problem.current_revision,
        reviewer=reviewer,
        stage=stage,
        answer="" if is_right is None else "Pneumothorax",
        skipped_because="Not my field." if is_right is None else "",
        seconds=30,
        is_right=is_right,
    )
