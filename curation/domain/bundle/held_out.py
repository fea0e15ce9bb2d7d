"""Held-out problems: what may be public of them, and how it can be proven later what they were.

Their answers are evaluated only where they were written. The hash of a whole revision would let
anybody test guesses against it ("yes", "no"), so what is public instead is a commitment, which
says nothing without its seal, and the hash of what is left.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from curation.domain.bundle.errors import UnsealedProblemError
from curation.domain.bundle.items import BundleItem, approved_content
from curation.domain.content import ImageContent, PanelContent, PanelRole, ProblemContent

WITHHELD = "Withheld: it tells the answer of a held-out problem."
"""Stands where a description, source or attribution of the query's image would tell."""

Marks = Mapping[str, str | bool]

_SEAL = re.compile(r"[0-9a-f]{64}")
_SHORT = 4  # characters; shorter words stand inside many others that tell nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicItem:
    """A problem as every file of a release says it.

    ``marks`` name the revision: its ``revision_sha256``, or for a held-out problem its
    ``commitment`` and ``public_sha256``; and whether it ``is_held_out``.
    """

    content: ProblemContent
    marks: Marks

    @property
    def is_held_out(self) -> bool:
        """Whether its answer is in no file."""
        return bool(self.marks["is_held_out"])


def public_item(item: BundleItem) -> PublicItem:
    """What is published of an item, its content in canonical form.

    Raises ChangedRevisionError where the content is not what was approved, and
    UnsealedProblemError for a held-out one whose hash nothing would hide.
    """
    content = approved_content(item)
    if not item.is_held_out:
        marks: Marks = {"revision_sha256": item.revision_sha256, "is_held_out": False}
        return PublicItem(content=content, marks=marks)
    public = withheld(content)
    if item.commitment and public != content:  # an answer that would be sealed by no one
        raise UnsealedProblemError(content.problem_id)
    marks = {
        "commitment": item.commitment or _commitment_of(item),
        "public_sha256": public.sha256(),
        "is_held_out": True,
    }
    return PublicItem(content=public, marks=marks)


def commitment(revision_sha256: str, seal: str) -> str:
    """SHA-256 of ``seal:revision_sha256``, in 64 hexadecimal digits.

    Who is later given the seal and the whole revision can check that it is the one committed to.
    """
    return hashlib.sha256(f"{seal}:{revision_sha256}".encode()).hexdigest()


def withheld(content: ProblemContent) -> ProblemContent:
    """The content without the query's answer and whatever of its image's description tells it."""
    panels = tuple(
        _without_answer(panel) if panel.role is PanelRole.QUERY else panel
        for panel in content.panels
    )
    return replace(content, panels=panels)


def is_telling(text: str, answers: Iterable[str]) -> bool:
    """Whether somebody who reads the text could take one of the answers from it.

    It does where every word of an answer stands in it, in any order, longer words also as parts
    of others (an address "/left-pneumothorax.png" tells "Pneumothorax, left"). Better too often
    than once too rarely: a word like "no" counts, too.

    >>> is_telling("Chest film, opacity on the left", ["Left opacity."])
    True
    """
    folded = text.lower()
    words = set(re.findall(r"\w+", folded))
    return any(
        all(_stands(word, words, folded) for word in needed)
        for answer in answers
        if (needed := re.findall(r"\w+", answer.lower()))
    )


def _stands(word: str, words: set[str], text: str) -> bool:
    return word in words or (len(word) >= _SHORT and word in text)


def _commitment_of(item: BundleItem) -> str:
    if not _SEAL.fullmatch(item.seal):
        raise UnsealedProblemError(item.content.problem_id)
    return commitment(item.revision_sha256, item.seal)


def _without_answer(panel: PanelContent) -> PanelContent:
    answers = (panel.answer, *panel.accepted_variants)
    image = panel.image and _without_telling(panel.image, answers)
    return replace(panel, answer="", accepted_variants=(), image=image)


def _without_telling(image: ImageContent, answers: Iterable[str]) -> ImageContent:
    def public(text: str) -> str:
        return WITHHELD if is_telling(text, answers) else text

    return replace(
        image,
        alt_text=public(image.alt_text),
        source=public(image.source),
        attribution=public(image.attribution),
    )
