"""The paragraph that a paper's methods section needs of a run, with its numbers filled in."""

from collections.abc import Iterator

from evaluation.domain.protocol import Protocol
from evaluation.domain.reporting import Measured, RunReport, ScorerReport
from evaluation.domain.reporting.words import points
from evaluation.domain.twins import ZERO_SHOT
from evaluation.domain.wording import in_words


def methods_paragraph(report: RunReport) -> str:
    """What was measured, on what, how it was asked, scored, and how sure the numbers are.

    Of an imported run nothing is said of how it was asked beyond its protocol: it was asked
    elsewhere.
    """
    return " ".join(_sentences(report))


def _sentences(report: RunReport) -> Iterator[str]:
    yield _asked(report)
    protocol = Protocol.from_json(report.about.protocol)
    yield f"The protocol was as follows. {in_words(protocol)}"
    if not report.about.is_imported and not report.about.is_baseline:
        yield _decoding(protocol)
    yield _ended(report)
    yield from map(_scored, report.scorers)
    yield _intervals(report)
    yield from _comparisons(report)


def _asked(report: RunReport) -> str:
    about, outcomes = report.about, report.outcomes
    named = about.endpoint
    if about.model and about.model != about.endpoint:
        named = f"{about.endpoint} ({about.model})"
    what = "The baseline " if about.is_baseline else ""
    sha = f" (SHA-256 of its revisions {about.revisions_sha256})" if about.revisions_sha256 else ""
    how = "; its predictions were made elsewhere and imported" if about.is_imported else ""
    return (
        f"{what}{named} was measured on {_counted(outcomes.problems, 'problem')} of release "
        f"{about.release}{sha}{how}."
    )


def _decoding(protocol: Protocol) -> str:
    system = (
        f"the system text “{protocol.system_text}”" if protocol.system_text else "no system text"
    )
    return (
        f"Answers were decoded at temperature {protocol.temperature:g} with at most "
        f"{protocol.max_tokens:,} tokens, with {system}; whatever was drawn was drawn "
        f"from seed {protocol.seed}."
    )


def _ended(report: RunReport) -> str:
    ended = report.outcomes
    told = [
        f"{ended.ok:,} gave an answer that could be read",
        f"{ended.unparsable:,} one that could not, which counts as wrong",
    ]
    told += [f"{ended.refused:,} refused"] if ended.refused else []
    told += [f"{ended.error:,} failed as calls"] if ended.error else []
    told += [f"{ended.pending:,} were not asked"] if ended.pending else []
    left_out = ended.refused + ended.error + ended.pending
    why = " Only what was answered is scored." if left_out else ""
    return f"Of {_counted(ended.planned, 'planned prediction')}, {_listed(told)}.{why}"


def _scored(scorer: ScorerReport) -> str:
    found = scorer.overall
    if found.value is None:
        return f"By {scorer.label} nothing was scored."
    how_often = f"{100 * found.value:.1f} %"
    if found.k is not None:
        how_often = f"{found.k:,} of {_counted(found.n, 'answer')} were right ({how_often}"
        return f"By {scorer.label}, {how_often}; {_interval(found)})."
    scored = f"the mean score of {_counted(found.n, 'answer')} was {how_often}"
    return f"By {scorer.label}, {scored} ({_interval(found)})."


def _interval(found: Measured) -> str:
    sure = f"{100 * found.confidence:g} % interval"
    return f"{sure} {100 * found.low:.1f} to {100 * found.high:.1f}"


def _intervals(report: RunReport) -> str:
    overall = [scorer.overall for scorer in report.scorers]
    bootstrap = (
        f"a bias-corrected and accelerated bootstrap over whole problems "
        f"({report.resamples:,} resamples, seed {report.seed})"
    )
    if any(each.is_clustered for each in overall):
        return (
            f"Intervals are from {bootstrap}, because answers to one problem are not independent."
        )
    return f"Intervals of shares are Wilson score intervals, those of differences from {bootstrap}."


def _comparisons(report: RunReport) -> Iterator[str]:
    for scorer in report.scorers:
        found = scorer.comparison(ZERO_SHOT)
        if found is None or found.difference.value is None:
            continue
        difference = found.difference
        direction = "gained" if (difference.value or 0) >= 0 else "lost"
        p_value = "< 0.0001" if found.p_value < 0.0001 else f"= {found.p_value:.2g}"
        yield (
            f"Beside the same protocol without examples (paired over "
            f"{_counted(difference.n, 'item')}), {scorer.label} {direction} "
            f"{points(difference.value or 0)} ({_interval(difference)}; p {p_value}, {found.test})."
        )


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _listed(parts: list[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
