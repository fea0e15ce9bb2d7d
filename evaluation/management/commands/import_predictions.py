"""`manage.py import_predictions --release V --model NAME --protocol PRESET FILE...`."""

import hashlib
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from curation.errors import InvalidContentError, WrongMomentError
from evaluation.brought import Brought, BroughtSource
from evaluation.domain.prediction_files import BroughtPrediction, read_file
from evaluation.domain.protocol import PRESETS, Protocol
from evaluation.domain.published import UnknownFileError
from evaluation.importing import ImportedRun, import_predictions
from evaluation.management.named import editor_named, protocol_named, release_named
from evaluation.progress import progress


class Command(BaseCommand):
    """Import predictions without a web server or a worker."""

    help = (
        "Make a run of predictions made elsewhere: SMMILE's CSV files and their judge's JSON, or "
        "Parquet and JSON Lines of this software. It is scored here and marked as imported."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What was measured how, and the files."""
        add = parser.add_argument
        add("files", nargs="+", type=Path, metavar="FILE")
        add("--release", required=True, metavar="V", help="the published release it was asked of")
        add("--model", required=True, metavar="NAME", help="the name it stands under here")
        add("--protocol", required=True, metavar="PRESET", help=f"one of {', '.join(PRESETS)}")
        add("--by", default="", metavar="EMAIL", help="the editor who imports (the only one)")
        add(
            "--partial",
            action="store_true",
            help="leave out what the release lacks, count as failed what the files lack",
        )

    def handle(self, *, files: Sequence[Path], release: str, model: str, **options: Any) -> None:
        """Read, import, say what was found."""
        protocol = protocol_named(options["protocol"])
        name = model.strip()
        if not 0 < len(name) <= 100:
            raise CommandError("The model's name has 1 to 100 characters.")
        try:
            imported = import_predictions(
                _read(files, protocol),
                release_named(release),
                name,
                protocol,
                by=editor_named(options["by"]),
                is_partial=options["partial"],
            )
        except (InvalidContentError, WrongMomentError) as error:
            raise CommandError(str(error)) from error
        self._tell(imported)

    def _tell(self, imported: ImportedRun) -> None:
        tally = progress(imported.run)
        for remark in imported.remarks:
            self.stdout.write(remark)
        self.stdout.write(
            f"Run {imported.run.pk}: {imported.run}. {tally.total:,} predictions, "
            f"{tally.failed:,} failed."
        )
        for label, estimate in tally.labeled_estimates:
            self.stdout.write(f"{label}: {estimate.k} of {estimate.n}, planned {tally.total}")


def _read(files: Sequence[Path], protocol: Protocol) -> Brought:
    sources: list[BroughtSource] = []
    predictions: list[BroughtPrediction] = []
    verdicts: dict[str, bool] = {}
    for path in files:
        try:
            content = path.read_bytes()
            found = read_file(path, content, protocol)
        except (OSError, UnknownFileError) as error:
            raise CommandError(f"{path.name}: {error}") from error
        sha256 = hashlib.sha256(content).hexdigest()
        sources.append(BroughtSource(name=path.name, sha256=sha256, size=len(content)))
        predictions += found.predictions
        if doubled := set(verdicts) & set(found.verdicts):
            raise CommandError(f"{path.name}: {min(doubled)} was judged in another file already.")
        verdicts |= found.verdicts
    return Brought(sources=tuple(sources), predictions=tuple(predictions), verdicts=verdicts)
