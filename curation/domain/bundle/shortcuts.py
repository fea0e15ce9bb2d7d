"""What answers without a model, from the examples alone, would score on a release.

Exact expectations, counted while the problems pass: nothing is drawn. Held-out problems are left
out, since what would score on them tells of their answers.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from curation.domain.answers import is_right_answer, normalize
from curation.domain.bundle.items import pictured_panels
from curation.domain.content import ImageContent, PanelContent, ProblemContent

_SEVERAL = -1  # stands for a problem's number where a picture is an example in more than one
_DIGEST = 16  # bytes; enough that two pictures of a release never share them


@dataclass(slots=True)
class Shortcuts:
    """Counts of problems. Of pictures only digests are held, so that any release fits in memory."""

    problems: int = 0
    by_random: Fraction = Fraction(0)
    """How many problems the answer of an example drawn at random would get right, expected."""
    by_majority: int = 0
    by_last: int = 0
    answer_shown: int = 0
    """In so many an example has the query's answer."""
    _queries: list[bytes] = field(default_factory=list)
    _examples: dict[bytes, int] = field(default_factory=dict)

    def count(self, content: ProblemContent) -> None:
        """Count one problem by exact match, SMMILE's; one without examples has nothing right.

        Raises UnfinishedProblemError for what cannot be released.
        """
        *shown, (query, image) = pictured_panels(content)
        number, self.problems = self.problems, self.problems + 1
        self._queries.append(_picture(image))
        for _, example_image in shown:
            self._show(_picture(example_image), number)
        right = [_is_right(example.answer, query) for example, _ in shown]
        if not right:
            return
        self.by_random += Fraction(sum(right), len(right))
        self.by_majority += right[_majority(content.examples)]
        self.by_last += right[-1]
        self.answer_shown += any(right)

    @property
    def pictures_shown_elsewhere(self) -> int:
        """How many problems' query has a picture that is an example's in another problem."""
        return sum(
            picture in self._examples and self._examples[picture] != number
            for number, picture in enumerate(self._queries)
        )

    def _show(self, picture: bytes, number: int) -> None:
        if self._examples.setdefault(picture, number) != number:
            self._examples[picture] = _SEVERAL


def _picture(image: ImageContent) -> bytes:
    return bytes.fromhex(image.sha256)[:_DIGEST]


def _is_right(given: str, query: PanelContent) -> bool:
    return is_right_answer(given, query.answer, query.accepted_variants)


def _majority(examples: Sequence[PanelContent]) -> int:
    """Where the most frequent answer stands first; of equally frequent ones the first of all."""
    answers = [normalize(example.answer) for example in examples]
    counts = Counter(answers)
    return max(range(len(answers)), key=lambda place: counts[answers[place]])
