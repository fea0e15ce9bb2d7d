"""What all prompts have in common, as one hash that a run's manifest keeps."""

from functools import cache

from curation.domain.content import (
    Annotations,
    ImageContent,
    PanelContent,
    PanelRole,
    ProblemContent,
)
from evaluation.domain.arms import AnswerForm, Input, Reasoning, Shots
from evaluation.domain.prompting import PROMPT_VERSION, build_prompt, sha256_of
from evaluation.domain.protocol import Protocol


@cache
def template_sha256() -> str:
    """One hash over the prompts of a made-up problem in every form, for run manifests.

    It changes with any change of wording or structure, remembered in PROMPT_VERSION or not.
    """
    prompts = [
        build_prompt(
            _specimen(),
            Protocol(
                shots=shots,
                answer_form=form,
                input=given,
                reasoning=reasoning,
                seed=0,
                system_text="S",
            ),
        ).to_json()
        for reasoning in Reasoning
        for given in Input
        for shots in (Shots.NONE, Shots.ALL)
        for form in AnswerForm
        if reasoning is Reasoning.AT_ONCE or not form.is_ranked
    ]
    return sha256_of([PROMPT_VERSION, prompts])


def _specimen() -> ProblemContent:
    roles = [PanelRole.EXAMPLE, PanelRole.EXAMPLE, PanelRole.QUERY]
    return ProblemContent(
        problem_id="specimen",
        annotations=Annotations(),
        panels=tuple(
            PanelContent(role=role, question=f"Q{n}", answer=f"A{n}", image=_specimen_image(n))
            for n, role in enumerate(roles)
        ),
    )


def _specimen_image(number: int) -> ImageContent:
    return ImageContent(
        sha256=f"{number:064x}",
        media_type="image/png",
        width=1,
        height=1,
        alt_text="",
        source="",
        license="",
        attribution="",
        no_patient_confirmed=True,
    )
