"""What keeps a problem from being good: plain functions over its content, one a rule.

Errors block submitting; warnings may be explained. A finding names the panel (its index in
`content.panels`) and the field it stands beside, so that a page can show it there.
"""

from curation.domain.rules.completeness import (
    MAX_EXAMPLES,
    MIN_EXAMPLES,
    annotations_are_chosen,
    examples_are_enough,
    images_are_described,
    panels_are_complete,
    query_is_one,
)
from curation.domain.rules.finding import Draft, Finding, Rule, Severity
from curation.domain.rules.pictures import (
    MIN_SIDE_PIXELS,
    images_are_large_enough,
    images_are_new,
    images_differ,
    text_names_nobody,
)
from curation.domain.rules.wording import (
    answer_is_not_in_question,
    answers_are_spelled_alike,
    answers_have_one_form,
    answers_vary,
    query_answer_is_shown,
    questions_are_one,
)

__all__ = [
    "MAX_EXAMPLES",
    "MIN_EXAMPLES",
    "MIN_SIDE_PIXELS",
    "RULES",
    "Draft",
    "Finding",
    "Rule",
    "Severity",
    "findings",
]

RULES: tuple[Rule, ...] = (
    annotations_are_chosen,
    examples_are_enough,
    query_is_one,
    panels_are_complete,
    images_are_described,
    images_differ,
    text_names_nobody,
    answer_is_not_in_question,
    answers_vary,
    answers_are_spelled_alike,
    answers_have_one_form,
    images_are_new,
    images_are_large_enough,
    questions_are_one,
    query_answer_is_shown,
)


def findings(draft: Draft) -> tuple[Finding, ...]:
    """Everything the rules say, errors before warnings, in the order of RULES."""
    found = [finding for rule in RULES for finding in rule(draft)]
    return tuple(sorted(found, key=lambda finding: not finding.is_error))
