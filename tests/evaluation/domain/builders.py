"""Problems for these tests: made up, or SMMILE's published texts with made-up images."""

import hashlib
import json
from pathlib import Path
from typing import Any

from curation.domain.content import (
    Annotations,
    ImageContent,
    PanelContent,
    PanelRole,
    ProblemContent,
)

SMMILE = Path(__file__).parents[3] / "../shared/data/smmile"


def image(name: str) -> ImageContent:
    return ImageContent(
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        media_type="image/png",
        width=300,
        height=300,
        alt_text="an alternative text that must stay here",
        source="a source",
        license="CC-BY-4.0",
        attribution="an attribution",
        no_patient_confirmed=True,
    )


def panel(role: PanelRole, answer: str, **more: Any) -> PanelContent:
    return PanelContent(**{"role": role, "question": "What is shown?", "answer": answer} | more)


def problem(
    *example_answers: str,
    query: str,
    variants: tuple[str, ...] = (),
    problem_id: str = "p1",
) -> ProblemContent:
    """A problem whose panels have different made-up images."""
    examples = [
        panel(PanelRole.EXAMPLE, answer, image=image(f"{problem_id} {number}"))
        for number, answer in enumerate(example_answers)
    ]
    asked = panel(
        PanelRole.QUERY, query, accepted_variants=variants, image=image(f"{problem_id} query")
    )
    return ProblemContent(
        problem_id=problem_id, annotations=Annotations(), panels=(*examples, asked)
    )


def read_smmile() -> dict[str, ProblemContent]:
    """SMMILE's 111 problems by id, without annotations; images are made up."""
    lines = (SMMILE / "problems.jsonl").read_text(encoding="utf-8").splitlines()
    problems = [_from_row(json.loads(line)) for line in lines]
    return {content.problem_id: content for content in problems}


def _from_row(row: dict[str, Any]) -> ProblemContent:
    examples = sorted(row["examples"], key=lambda example: example["order"])
    roles = [PanelRole.EXAMPLE] * len(examples) + [PanelRole.QUERY]
    return ProblemContent(
        problem_id=row["problem_id"],
        annotations=Annotations(),
        panels=tuple(
            PanelContent(
                role=role,
                question=texts["question"],
                answer=texts["answer"],
                image=image(f"{row['problem_id']} {number}"),
            )
            for number, (role, texts) in enumerate(
                zip(roles, [*examples, row["query"]], strict=True)
            )
        ),
    )
