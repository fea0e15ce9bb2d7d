"""Where panels say one thing in several forms, side by side, and what would make them one.

A model must not learn from form what only content should tell. Each `Fix` names the exact texts it
changes, so that it can be offered as one button and refused when they changed meanwhile.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from curation.domain.answers import is_same_answer, normalize
from curation.domain.content import ProblemContent
from curation.domain.rules import Draft, wording

MOST_FORMS = 3
"""Forms offered for all panels; who sees more than three writes a better one."""
_QUOTED_LETTERS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One text of one panel (its index in `content.panels`), before and after."""

    panel: int
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What one button does."""

    label: str
    changes: tuple[Change, ...]

    @property
    def key(self) -> str:
        """16 hexadecimal digits that name exactly these changes of exactly these texts."""
        said = json.dumps([asdict(change) for change in self.changes])
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @property
    def is_one_text(self) -> bool:
        """Whether its label says all it does: one text, written everywhere."""
        return len({change.after for change in self.changes}) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Inconsistency:
    """Texts of panels that differ in form: the code of its rule, `texts` by index of the panel.

    Where many are written in one way and few in the other, `texts` holds the few and `others`
    counts the many.
    """

    code: str
    title: str
    texts: Mapping[int, str]
    others: int = 0
    fixes: tuple[Fix, ...] = ()


def inconsistencies(content: ProblemContent) -> tuple[Inconsistency, ...]:
    """Everything of a problem that differs in form, what blocks submitting first."""
    answers = dict(wording.written_answers(content))
    return (
        *_spellings(answers),
        *_forms(content, answers),
        *_questions(content),
    )


def find_fix(content: ProblemContent, key: str) -> Fix | None:
    """The fix of this key, if it still applies to what the panels say."""
    fixes = (fix for found in inconsistencies(content) for fix in found.fixes)
    return next((fix for fix in fixes if fix.key == key), None)


def _spellings(answers: Mapping[int, str]) -> Iterator[Inconsistency]:
    """Equal answers written in more than one way."""
    groups: dict[str, dict[int, str]] = {}
    for index, answer in answers.items():
        groups.setdefault(normalize(answer), {})[index] = answer
    for group in groups.values():
        if len(set(group.values())) > 1:
            yield Inconsistency(
                code="answer_spelled_differently",
                title="One answer, written in several ways",
                texts=group,
                fixes=_one_for_all(group, "answer", "Write"),
            )


def _questions(content: ProblemContent) -> Iterator[Inconsistency]:
    """Questions that differ by more than white space."""
    asked = {i: p.question.strip() for i, p in enumerate(content.panels) if p.question.strip()}
    if len({" ".join(question.split()) for question in asked.values()}) > 1:
        yield Inconsistency(
            code="question_differs",
            title="The panels ask different questions",
            texts=asked,
            fixes=_one_for_all(asked, "question", "Ask"),
        )


def _one_for_all(texts: Mapping[int, str], field: str, verb: str) -> tuple[Fix, ...]:
    """For each form, the most frequent first, a fix that writes it everywhere."""
    forms = [form for form, _ in Counter(texts.values()).most_common(MOST_FORMS)]
    return tuple(
        Fix(
            label=f"{verb} “{_quoted(form)}” in {_all(len(texts))} panels",
            changes=tuple(
                Change(panel=index, field=field, before=text, after=form)
                for index, text in texts.items()
                if text != form
            ),
        )
        for form in forms
    )


def _all(count: int) -> str:
    return "both" if count == 2 else f"all {count}"


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED_LETTERS else f"{line[: _QUOTED_LETTERS - 1].rstrip()}…"


def _forms(content: ProblemContent, answers: Mapping[int, str]) -> Iterator[Inconsistency]:
    """Answers of different form: what the rules warn of, with what would make it one."""
    for found in wording.answers_have_one_form(Draft(content=content)):
        odd = _odd_ones(found.code, answers)
        yield Inconsistency(
            code=found.code,
            title=found.message,
            texts=odd,
            others=len(answers) - len(odd),
            fixes=tuple(_mendings(found.code, answers)),
        )


def _odd_ones(code: str, answers: Mapping[int, str]) -> Mapping[int, str]:
    """The fewer ones: those that have the form, or those that have not; of lengths the long."""
    shortest = min(len(answer.split()) for answer in answers.values())
    is_so = _FORMS.get(code) or partial(wording.is_much_longer, than=shortest)
    having = {index: answer for index, answer in answers.items() if is_so(answer)}
    lacking = {index: answer for index, answer in answers.items() if is_so(answer) is False}
    return min(having, lacking, key=len)


def _mendings(code: str, answers: Mapping[int, str]) -> Sequence[Fix]:
    """The ways out that lead all the way, the shortest first. Side and length need a person."""
    fixes = [
        Fix(label=label, changes=tuple(_changes(answers, mend)))
        for label, mend in _MENDINGS.get(code, ())
        if _is_one_form(code, (_mended(answer, mend) for answer in answers.values()))
    ]
    return sorted(fixes, key=lambda fix: len(fix.changes))


def _changes(answers: Mapping[int, str], mend: Callable[[str], str]) -> Iterator[Change]:
    for index, before in answers.items():
        if (after := _mended(before, mend)) != before:
            yield Change(panel=index, field="answer", before=before, after=after)


def _mended(answer: str, mend: Callable[[str], str]) -> str:
    """In another form, but never another answer: some letters have no capital of their own."""
    after = mend(answer)
    return after if is_same_answer(after, answer) else answer


def _is_one_form(code: str, answers: Iterable[str]) -> bool:
    return len({_FORMS[code](answer) for answer in answers} - {None}) < 2


def _with_capital(answer: str) -> str:
    is_mixed = _has_capital(answer.split(maxsplit=1)[0][1:])  # "pH", "mRNA"
    return answer if is_mixed else answer[:1].upper() + answer[1:]


def _with_small_letter(answer: str) -> str:
    first = answer.split(maxsplit=1)[0]
    is_name = len(first) == 1 or _has_capital(first[1:]) or not first.isalpha()  # "A", "CT", "T2"
    return answer if is_name else answer[:1].lower() + answer[1:]


def _has_capital(text: str) -> bool:
    return any(letter.isupper() for letter in text)


def _without_full_stop(answer: str) -> str:
    return answer.rstrip(".").rstrip()


def _with_full_stop(answer: str) -> str:
    return answer if wording.has_full_stop(answer) else f"{answer}."


def _without_odd_spaces(answer: str) -> str:
    return "\n".join(" ".join(line.split()) for line in answer.split("\n"))


_FORMS = {code: is_so for code, is_so, _ in wording.FORMS}
_MENDINGS: Mapping[str, tuple[tuple[str, Callable[[str], str]], ...]] = {
    "answers_differ_in_capital": (
        ("Start every answer with a capital", _with_capital),
        ("Start every answer with a small letter", _with_small_letter),
    ),
    "answers_differ_in_full_stop": (
        ("End no answer with a full stop", _without_full_stop),
        ("End every answer with a full stop", _with_full_stop),
    ),
    "answers_differ_in_spaces": (("Take out the extra spaces", _without_odd_spaces),),
}
