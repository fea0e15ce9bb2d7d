"""What the numbers of a report say, in sentences that a clinician understands."""

from evaluation.domain.reporting.report import (
    Comparison,
    Copying,
    Measured,
    OrderSpread,
    Outcomes,
    ScorerReport,
)

_CHANCE = 0.05  # what chance alone would bring about more often than this tells nothing


def percent(share: float | None) -> str:
    """A share as whole percent: "51 %"; 0 and 100 only where it is exactly that."""
    if share is None:
        return "undefined"
    if 0 < share < 0.005:
        return "under 1 %"
    if 0.995 <= share < 1:
        return "over 99 %"
    return f"{round(100 * share)} %"


def points(difference: float) -> str:
    """A difference of shares in percentage points: "17 points"."""
    size = abs(100 * difference)
    number = f"{size:.0f}" if size >= 9.95 else f"{size:.1f}".removesuffix(".0")
    return f"{number} point{'' if number == '1' else 's'}"


def p_words(p_value: float) -> str:
    """A p-value with two digits that count, and no more zeros than anybody reads."""
    if p_value < 0.0001:
        return "p < 0.0001"
    if p_value >= 0.1:
        return f"p = {p_value:.2f}"
    return f"p = {p_value:.2g}"


def interval_words(measured: Measured) -> str:
    """The interval of a share in percent: "95 % interval 41 to 60"."""
    low, high = (round(100 * end) for end in (measured.low, measured.high))
    return f"{_sure(measured)} {low} to {high}"


def headline(scorer: ScorerReport, outcomes: Outcomes) -> str:
    """How often right, how sure that is, and what failed."""
    found = scorer.overall
    missing = ", ".join(_missing(outcomes))
    if found.value is None:
        return f"Nothing was scored; {missing}."
    if found.k is None:
        how_often = f"Scored {found.value:.2f} on average over {found.n:,} answered"
        low, high = f"{found.low:.2f}", f"{found.high:.2f}"
        return f"{how_often} ({_sure(found)} {low} to {high}); {missing}."
    how_often = f"Right in {found.k:,} of {found.n:,} answered"
    return f"{how_often} ({percent(found.value)}, {interval_words(found)}); {missing}."


def _missing(outcomes: Outcomes) -> list[str]:
    failed = _counted(outcomes.error, "call") if outcomes.error else "no call"
    words = [f"{failed} failed"]
    if outcomes.refused:
        words.append(f"{outcomes.refused:,} refused")
    if outcomes.pending:
        words.append(f"{outcomes.pending:,} not asked")
    return words


def comparison_words(comparison: Comparison) -> str:
    """By how much this run was more often right, and whether that is more than chance."""
    difference = comparison.difference
    value = difference.value or 0.0
    verb = "more" if value > 0 else "less"
    how = f"Right {verb} often by {points(value)}" if value else "As often right"
    low, high = (_signed(end) for end in (difference.low, difference.high))
    words = [f"{how} ({_sure(difference)} {low} to {high})"]
    if comparison.flips:
        words.append(f"{comparison.flips.gained:,} gained, {comparison.flips.lost:,} lost")
    words.append(f"{p_words(comparison.p_value)} ({comparison.test})")
    return f"{'; '.join(words)}."


def verdict(comparison: Comparison) -> str:
    """Yes, no, or not to be told: both the interval of the difference and its test must say so."""
    difference = comparison.difference
    if comparison.p_value >= _CHANCE:
        return "It cannot be told"
    if difference.low > 0:
        return "Yes"
    if difference.high < 0:
        return "No, they hurt" if comparison.name == "zero_shot" else "No"
    return "It cannot be told"


def copying_words(copying: Copying) -> str:
    """How often an answer is an example's."""
    found = copying.any
    return (
        f"{percent(found.value)} of {found.n:,} answers are the answer of an example "
        f"({interval_words(found)}), {percent(copying.last.value)} that of the last one."
    )


def spread_words(spread: OrderSpread) -> str:
    """What the order alone changed."""
    return (
        f"Of {_counted(spread.problems, 'problem')} asked in several orders, {spread.always:,} "
        f"were right in every order, {spread.never:,} in none, and in {spread.sometimes:,} the "
        "order decided."
    )


def strata_words(scorer: ScorerReport) -> str:
    """How many groups are set side by side, and what follows."""
    count = scorer.strata_count
    return (
        f"{_counted(count, 'group')} are set side by side, and their intervals are not adjusted "
        f"for that: about {max(1, round(count / 20))} of {count} would miss its true value by "
        "chance. Take a difference between groups as a question, not as an answer."
    )


def _sure(measured: Measured) -> str:
    return f"{100 * measured.confidence:.0f} % interval"


def _signed(difference: float) -> str:
    number = f"{100 * difference:+.0f}".replace("-", "\u2212")
    return "0" if number in {"+0", "\u22120"} else number


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
