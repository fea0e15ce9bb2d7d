"""Rules about questions and answers: nothing given away, everything in one form."""

from collections.abc import Callable, Iterator

from curation.domain.answers import distinct, normalize
from curation.domain.content import PanelContent, ProblemContent
from curation.domain.rules.finding import Draft, Finding, error, warning


def answer_is_not_in_question(draft: Draft) -> Iterator[Finding]:
    """A question does not give its own answer away.

    A question that offers several of the problem's answers to choose from gives nothing away;
    single letters and yes or no are ordinary words of a question. "Left lung" offers itself only,
    not "left" as well. Asked once two answers differ or all panels are answered: before, what a
    question offers besides the first answer is not known.
    """
    given = [panel.answer for panel in draft.content.panels]
    if len(distinct(given)) < 2 and not all(map(normalize, given)):
        return
    answers = [normalize(answer) for answer in distinct(given)]
    for index, panel in enumerate(draft.content.panels):
        question, answer = normalize(panel.question), normalize(panel.answer)
        is_plain_word = len(answer) < 2 or answer in {"yes", "no"}
        is_there = not is_plain_word and f" {answer} " in f" {question} "
        if is_there and len(_offered(question, answers)) == 1:
            message = "The question contains its answer. Ask without naming it."
            yield error("answer_in_question", message, index, "question")


def _offered(question: str, answers: list[str]) -> set[str]:
    """Which answers stand in the question: the longest first, each word taken once."""
    rest, found = f" {question} ", set()
    for answer in sorted(answers, key=len, reverse=True):
        if f" {answer} " in rest:
            found.add(answer)
            rest = rest.replace(f" {answer} ", " | ")
    return found


def answers_vary(draft: Draft) -> Iterator[Finding]:
    """At least two answers differ after normalization. Asked once all panels are answered."""
    answers = [panel.answer for panel in draft.content.panels]
    if len(answers) > 1 and all(map(normalize, answers)) and len(distinct(answers)) < 2:
        message = "All answers are the same: examples must show at least two different ones."
        yield error("answers_all_the_same", message)


def answers_are_spelled_alike(draft: Draft) -> Iterator[Finding]:
    """Equal answers are written in one way: "Yes" and "yes." would look like two."""
    first_forms: dict[str, str] = {}
    for index, panel in enumerate(draft.content.panels):
        answer = normalize(panel.answer)
        first = first_forms.setdefault(answer, panel.answer)
        if answer and first.strip() != panel.answer.strip():
            message = f"Written “{first.strip()}” in an earlier panel; write it the same way here."
            yield error("answer_spelled_differently", message, index, "answer")


def written_answers(content: ProblemContent) -> list[tuple[int, str]]:
    """The answers that say something, without their margins, with the index of their panel."""
    panels = enumerate(content.panels)
    return [(index, panel.answer.strip()) for index, panel in panels if normalize(panel.answer)]


def answers_have_one_form(draft: Draft) -> Iterator[Finding]:
    """Form tells nothing: capital, full stop, spaces, side and length are alike in all answers.

    Equal answers count in the spelling of the first: how they are spelled is said by another rule.
    """
    spellings: dict[str, str] = {}
    written = [answer for _, answer in written_answers(draft.content)]
    answers = [spellings.setdefault(normalize(answer), answer) for answer in written]
    for code, is_so, message in FORMS:
        if len({is_so(answer) for answer in answers} - {None}) > 1:
            yield warning(code, message)
    shortest = min((len(answer.split()) for answer in answers), default=0)
    if any(is_much_longer(answer, than=shortest) for answer in answers):
        yield warning("answers_differ_in_length", "Some answers are much longer than others.")


def is_much_longer(answer: str, *, than: int) -> bool:
    """Whether it has more than three times as many words as the shortest answer has."""
    return len(answer.split()) >= 3 * than + 2


def is_small(answer: str) -> bool | None:
    """Whether it starts with a small letter; None for what starts with no letter, as "3 mm"."""
    first = answer[:1]
    return first.islower() if first.lower() != first.upper() else None


def has_full_stop(answer: str) -> bool:
    """Whether it ends like a sentence."""
    return answer.endswith(".")


def has_odd_spaces(answer: str) -> bool:
    """Whether white space stands in it as nobody writes on purpose."""
    return any(line != " ".join(line.split()) for line in answer.split("\n"))


def _has_side(answer: str) -> bool:
    return not {"left", "right", "bilateral"}.isdisjoint(normalize(answer).split())


FORMS: tuple[tuple[str, Callable[[str], bool | None], str], ...] = (
    (
        "answers_differ_in_capital",
        is_small,
        "Some answers start with a capital, others do not.",
    ),
    (
        "answers_differ_in_full_stop",
        has_full_stop,
        "Some answers end with a full stop, others do not.",
    ),
    (
        "answers_differ_in_spaces",
        has_odd_spaces,
        "Some answers hold double or stray spaces, others do not.",
    ),
    ("answers_differ_in_side", _has_side, "Some answers name a side, others do not."),
)


def questions_are_one(draft: Draft) -> Iterator[Finding]:
    """In-context learning is clearest when every panel asks the same."""
    asked = [(i, p) for i, p in enumerate(draft.content.panels) if p.question.strip()]
    for index, panel in asked[1:]:
        if _words(panel) != _words(asked[0][1]):
            message = "The question differs from the first panel's."
            yield warning("question_differs", message, index, "question")


def _words(panel: PanelContent) -> list[str]:
    return panel.question.split()


def query_answer_is_shown(draft: Draft) -> Iterator[Finding]:
    """Without an example that has the query's answer the problem tests reasoning, not copying.

    Asked once all panels are answered.
    """
    content = draft.content
    shown = {normalize(panel.answer) for panel in content.examples}
    if len(content.queries) != 1 or not normalize(content.query.answer) or not all(shown):
        return
    if shown and normalize(content.query.answer) not in shown:
        message = (
            "No example has the query's answer: the problem tests reasoning, not copying. "
            "Is that what you want?"
        )
        query = content.panels.index(content.query)
        yield warning("answer_not_among_examples", message, query, "answer")
