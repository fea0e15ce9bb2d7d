"""The data statement as the dataset card words it: who, how reviewed, how far it can be trusted."""

from collections.abc import Iterator

from curation.domain.bundle.card_shortcuts import shortcuts_part
from curation.domain.bundle.card_tables import cell, table
from curation.domain.bundle.items import BundleDescription, ImportedRelease
from curation.domain.bundle.shortcuts import Shortcuts
from curation.domain.bundle.statement import AgreementLine, BaselineLine, DataStatement

AGREEMENT_FLATTERS = (
    "Both kinds of agreement flatter. Reviewers did not choose the annotations independently: they "
    "were given the author's choices to confirm or change. A request for changes returns a problem "
    "before others judge it, so disagreement on verdicts is seen less often than it is there."
)
"""Must stand wherever the numbers do, or they are read as those of independent raters."""


def review_section(description: BundleDescription, shortcuts: Shortcuts) -> str:
    """Who wrote and judged it, how far they agree, and what would score without a model."""
    parts = [
        "## How it was made and reviewed",
        who_made_it(description),
        how_it_was_approved(description),
        *(where_it_is_from(each) for each in description.imported),
        f"Released on {description.released_on.isoformat()}.",
        *_agreement(description.statement),
        *_baseline(description.statement),
        *shortcuts_part(shortcuts),
    ]
    return "\n\n".join(parts)


def who_made_it(description: BundleDescription) -> str:
    """In a sentence or two."""
    statement = description.statement
    authors, reviewers = statement.authors_count, statement.reviewers_count
    sentence = "Medical experts wrote the problems"
    if authors is not None:
        sentence += f" ({_people(authors, 'author')}"
        sentence += f", {_people(reviewers, 'reviewer')})" if reviewers is not None else ")"
    return f"{sentence}."


def how_it_was_approved(description: BundleDescription) -> str:
    """The rule, and how long a review took."""
    approvals = description.approvals_required
    if not approvals:
        return "Nothing is known of how it was reviewed."
    people = "1 reviewer" if approvals == 1 else f"{approvals} different reviewers"
    text = (
        f"Each was approved by at least {people}, none of them its author. Approvals belong to the "
        "exact content: `manifest.json` lists what names every approved revision."
    )
    seconds = description.statement.median_review_seconds
    if seconds is None:
        return text
    return f"{text} Half of the reviews took {_minutes(seconds)} or less."


def where_it_is_from(imported: ImportedRelease) -> str:
    """What was made elsewhere, by whom, and who answers for it."""
    problems = "1 problem was" if imported.problems == 1 else f"{imported.problems:,} problems were"
    name = cell(f"{imported.name} {imported.version}".strip())
    by = f" by {cell(', '.join(imported.authors))}" if imported.authors else ""
    at = f" ({cell(imported.homepage)})" if imported.homepage else ""
    return (
        f"{problems} imported from {name}{by}{at}: an editor signed for them, and nobody reviewed "
        "them again."
    )


def held_out_section(held_out: int) -> str:
    """Nothing where nothing is held out."""
    if not held_out:
        return ""
    problems = (
        "1 problem is held out: the answer of its query"
        if held_out == 1
        else f"{held_out:,} problems are held out: the answers of their queries"
    )
    return (
        "## Held-out answers\n\n"
        f"{problems}, and whatever else would tell it, stands in none of these files; there "
        "`answer` is null (an empty cell in CSV). Models are evaluated on it "
        "only where the benchmark was made, so that training on these files cannot "
        "raise a score on them. The tasks in `tasks/` leave them out. `manifest.json` has a "
        "commitment for each: the SHA-256 of a secret seal, a colon and the hash of the whole "
        "revision. When the seal is made public, anybody can check that no answer was changed."
    )


def limits_section(statement: DataStatement) -> str:
    """What is known to be weak; nothing where nothing was written."""
    limits = statement.limits.strip()
    return f"## Known limits\n\n{limits}" if limits else ""


def _agreement(statement: DataStatement) -> Iterator[str]:
    if statement.agreement:
        yield "Agreement of reviewers (1 is perfect, 0 what chance would give):"
        rows = [_agreement_row(line) for line in statement.agreement]
        yield table(["What", "Kappa", "95 % interval", "Revisions"], rows, numbers=3)
        yield AGREEMENT_FLATTERS


def _agreement_row(line: AgreementLine) -> tuple[str, ...]:
    kappa = "too few to say" if line.kappa is None else f"{line.kappa:.2f}"
    revisions = "not known" if line.revisions is None else f"{line.revisions:,}"
    return line.what, kappa, _interval(line.low, line.high, "{:.2f}"), revisions


def skipped_note(line: BaselineLine) -> str:
    """How many did not answer and are not among the n; empty where nobody did or none is known."""
    return f" ({line.skipped:,} skipped)" if line.skipped else ""


def _baseline(statement: DataStatement) -> Iterator[str]:
    if statement.human_baseline:
        yield (
            "Human baseline: reviewers answered each query before they were shown its answer, "
            "judged by the exact match that models are judged by:"
        )
        rows = [_baseline_row(line) for line in statement.human_baseline]
        yield table(["Asked", "Right", "Share", "95 % interval"], rows, numbers=3)


def _baseline_row(line: BaselineLine) -> tuple[str, ...]:
    share = f"{line.k / line.n:.0%}" if line.n else "not known"
    interval = _interval(line.low, line.high, "{:.0%}")
    return line.shots, f"{line.k:,} of {line.n:,}{skipped_note(line)}", share, interval


def _interval(low: float | None, high: float | None, form: str) -> str:
    if low is None or high is None:
        return ""
    return f"{form.format(low)} to {form.format(high)}"


def _people(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _minutes(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
