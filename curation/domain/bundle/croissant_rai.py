"""What ``croissant.json`` says for responsible use: collection, review, limits, people, upkeep."""

from collections.abc import Iterator
from typing import Any

from curation.domain.bundle.card_shortcuts import shortcuts_sentence
from curation.domain.bundle.card_statement import (
    AGREEMENT_FLATTERS,
    how_it_was_approved,
    skipped_note,
    who_made_it,
)
from curation.domain.bundle.items import BundleDescription
from curation.domain.bundle.smmile_terms import FIELDS
from curation.domain.bundle.statement import AgreementLine, DataStatement
from curation.domain.bundle.tally import Tally

_USE_CASES = (
    "Measuring how multimodal models learn from examples in their context.",
    (
        "Not for training: text files whose format has room for it, and the metadata of Parquet, "
        "have a canary. Not for diagnosis or treatment."
    ),
)


def rai_fields(description: BundleDescription, tally: Tally) -> dict[str, Any]:
    """The fields of the RAI vocabulary 1.0 that something is known for, by their names."""
    statement = description.statement
    fields: dict[str, Any] = {
        "dataCollection": (
            f"{who_made_it(description)} Each chose or brought the images, wrote a question and "
            "an answer for each, and ordered the examples before the query. Every image has a "
            "stated source, license and attribution (LICENSES.csv)."
        ),
        "dataCollectionType": ["Experiments", "Others"],
        "dataPreprocessingProtocol": [
            (
                "Images were decoded and rebuilt from their pixels, so that no metadata is left in "
                "them; 16-bit and DICOM pictures show a window that their author chose."
            )
        ],
        "dataAnnotationProtocol": [
            (
                "Reviewers answer a query before its answer is shown to them, then confirm a "
                "checklist, confirm or change the author's choice of the six annotations, which "
                "they are given filled in, and give a verdict on the exact content."
            ),
            how_it_was_approved(description),
        ],
        "dataAnnotationAnalysis": list(_analysis(statement)),
        "annotationsPerItem": f"At least {description.approvals_required} approvals per problem.",
        "annotatorDemographics": ["Medical experts with an account at the benchmark."],
        "dataLimitations": list(_limitations(statement, tally)),
        "dataBiases": list(_biases(tally)),
        "personalSensitiveInformation": [
            (
                "Medical images. Their authors confirmed for each that no patient can be "
                "identified in it, by text in the picture either; of DICOM only pixels were kept."
            )
        ],
        "dataUseCases": list(_USE_CASES),
        "dataSocialImpact": (
            "A score on these problems says nothing about safety in care; it must not be taken as "
            "leave to use a model on patients."
        ),
        "dataReleaseMaintenancePlan": (
            "A release never changes. A problem found to be wrong is retired with a reason, and "
            "the next release lists it; a release found to be wrong as a whole is marked so at "
            "its place of publication."
        ),
    }
    return {f"rai:{name}": value for name, value in fields.items() if value}


def _analysis(statement: DataStatement) -> Iterator[str]:
    for line in statement.agreement:
        yield f"Agreement on {line.what}: {_kappa(line)}."
    if statement.agreement:
        yield AGREEMENT_FLATTERS
    for baseline in statement.human_baseline:
        yield (
            f"Human baseline, {baseline.shots}: {baseline.k} of {baseline.n} right by exact "
            f"match{skipped_note(baseline)}."
        )


def _kappa(line: AgreementLine) -> str:
    if line.kappa is None:
        return "too few revisions were judged to say"
    told = f"kappa {line.kappa:.2f}"
    if line.low is not None and line.high is not None:
        told += f", 95 % interval {line.low:.2f} to {line.high:.2f}"
    return told if line.revisions is None else f"{told}, {line.revisions} revisions"


def _limitations(statement: DataStatement, tally: Tally) -> Iterator[str]:
    if statement.limits.strip():
        yield statement.limits.strip()
    yield f"{tally.problems:,} problems: differences between models of a few points are chance."
    if told := shortcuts_sentence(tally.shortcuts):
        yield told
    if tally.held_out:
        yield f"Problems whose answers are held out, in none of the files: {tally.held_out:,}."


def _biases(tally: Tally) -> Iterator[str]:
    """How uneven each annotation is: its counts."""
    for column in FIELDS:
        counts = sorted(tally.terms[column].items(), key=lambda row: (-row[1], row[0]))
        told = ", ".join(f"{term} {count}" for term, count in counts)
        if told:
            yield f"Problems by {column}: {told}."
