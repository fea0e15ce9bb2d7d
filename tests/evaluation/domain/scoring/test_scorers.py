from evaluation.domain.arms import AnswerForm
from evaluation.domain.scoring import SCORERS, scorer_label, scorers_of


def test_every_form_of_answer_has_its_scorers_and_every_scorer_its_form() -> None:
    by_form = {form: list(scorers_of(form)) for form in AnswerForm}

    assert all(by_form.values())
    assert {name for names in by_form.values() for name in names} == set(SCORERS)


def test_a_scorer_is_called_by_words() -> None:
    assert scorer_label("exact_match") == "exact match"


def test_a_scorer_that_is_no_more_keeps_the_name_of_its_rows() -> None:
    assert scorer_label("bleu_1998") == "bleu_1998"
