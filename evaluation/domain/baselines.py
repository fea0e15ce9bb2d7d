"""What answers without understanding would score: nothing here looks at the query's answer.

(The expectations do, as a scorer does: they are exact, without a draw, and their mean over problems
is what a strategy scores on average.) Each takes a problem's content, its examples in the order
shown; ValueError for a problem without examples.
"""

from collections import Counter

from curation.domain.answers import is_same_answer, normalize
from curation.domain.content import ProblemContent
from evaluation.domain.choices import Choices, option_texts
from evaluation.domain.randomness import drawn
from evaluation.domain.scoring.exact_match import matching_answer


def random_example_answer(content: ProblemContent, seed: int) -> str:
    """The answer of one example, each as likely as the next, drawn from seed and problem id."""
    answers = _example_answers(content)
    return answers[drawn(seed, "random example", content.problem_id) % len(answers)]


def majority_example_answer(content: ProblemContent) -> str:
    """The most frequent of the examples' answers after normalization, in its first form.

    Of equally frequent ones the one that appears first; nothing is random about it, so it takes
    no seed. SMMILE's released predictions follow the same rule on raw texts: one of 111 differs.
    """
    answers = _example_answers(content)
    counts = Counter(map(normalize, answers))
    return max(answers, key=lambda answer: counts[normalize(answer)])


def last_example_answer(content: ProblemContent) -> str:
    """The answer of the example shown last."""
    return _example_answers(content)[-1]


def random_letter(choices: Choices, problem_id: str, seed: int) -> str:
    """One letter, each as likely as the next, drawn from seed and problem id."""
    return choices.letters[drawn(seed, "random choice", problem_id) % len(choices.letters)]


def highest_letter(choices: Choices) -> str:
    """The last letter: a strategy that wins where letters follow first appearance."""
    return choices.letters[-1]


def letter_no_example_shows(choices: Choices, content: ProblemContent) -> str | None:
    """The letter of the option that is no example's answer; None where every option is shown."""
    shown = {choices.letter_of(answer) for answer in _example_answers(content)}
    return next((letter for letter in choices.letters if letter not in shown), None)


def expected_random_exact_match(content: ProblemContent) -> float:
    """Probability in [0, 1] that a random example's answer is right by exact match."""
    answers = _example_answers(content)
    return sum(_is_right(answer, content) for answer in answers) / len(answers)


def expected_majority(content: ProblemContent) -> float:
    """1 where the majority's answer is right by exact match, else 0: nothing is random about it."""
    return _is_right(majority_example_answer(content), content)


def expected_last_answer(content: ProblemContent) -> float:
    """1 where the answer of the example shown last is right by exact match, else 0."""
    return _is_right(last_example_answer(content), content)


def expected_not_shown(content: ProblemContent) -> float:
    """1 where the option that no example shows is right: where none has the query's answer.

    0 elsewhere, for every option is then shown by an example and there is none to pick.
    """
    return float(expected_random_exact_match(content) == 0)


def expected_highest_letter(content: ProblemContent) -> float:
    """Probability in [0, 1] that the highest letter is right.

    As letters are drawn at random for each problem, it is that of any option. Of letters that were
    given otherwise see :func:`expected_highest_letter_of`.
    """
    return expected_uniform_choice(content)


def expected_highest_letter_of(choices: Choices) -> float:
    """1 where the highest letter is right, of options whose letters are as they are."""
    return float(highest_letter(choices) == choices.correct_letter)


def expected_uniform_choice_of(choices: Choices) -> float:
    """Probability in (0, 1] that a uniformly random letter is right, of options as they are."""
    return 1 / len(choices.options)


def expected_uniform_choice(content: ProblemContent) -> float:
    """Probability in [0, 1] that a uniformly random option is right.

    1 for a problem with a single option, although it cannot be asked as multiple choice; 0 where
    the query's answer is no option because it normalizes to nothing.
    """
    options = option_texts(content)
    right = [option for option in options if is_same_answer(option, content.query.answer)]
    return len(right) / max(1, len(options))


def _is_right(text: str, content: ProblemContent) -> float:
    query = content.query
    return float(matching_answer(text, query.answer, query.accepted_variants) is not None)


def _example_answers(content: ProblemContent) -> list[str]:
    answers = [example.answer for example in content.examples]
    if not answers:
        raise ValueError(f"Problem {content.problem_id} has no examples to take an answer from.")
    return answers
