"""What answers without understanding would score: nothing here looks at the query's answer.

(The expectations do, as a scorer does.) Each takes a problem's content; ValueError for a problem
without examples.
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
    query = content.query
    right = [matching_answer(text, query.answer, query.accepted_variants) for text in answers]
    return sum(form is not None for form in right) / len(answers)


def expected_uniform_choice(content: ProblemContent) -> float:
    """Probability in [0, 1] that a uniformly random option is right.

    1 for a problem with a single option, although it cannot be asked as multiple choice; 0 where
    the query's answer is no option because it normalizes to nothing.
    """
    options = option_texts(content)
    right = [option for option in options if is_same_answer(option, content.query.answer)]
    return len(right) / max(1, len(options))


def _example_answers(content: ProblemContent) -> list[str]:
    answers = [example.answer for example in content.examples]
    if not answers:
        raise ValueError(f"Problem {content.problem_id} has no examples to take an answer from.")
    return answers
