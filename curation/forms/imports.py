"""Bringing problems that exist already."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files import File

from curation.importing import BroughtFile


class ImportForm(forms.Form):
    """A file with problems, and a ZIP of the images it names."""

    problems = forms.FileField(
        label="File with the problems",
        help_text="CSV, XLSX, ODS, Parquet, problems.jsonl, or a ZIP that has one of them.",
        widget=forms.FileInput(
            attrs={"accept": ".csv,.tsv,.xlsx,.ods,.parquet,.jsonl,.zip", "class": "form-control"}
        ),
        error_messages={"required": "Choose the file with the problems."},
    )
    images = forms.FileField(
        label="ZIP of the images",
        help_text="Only if the first file does not have them.",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".zip", "class": "form-control"}),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse more than one import may bring at once."""
        total = sum(file.size or 0 for file in self._files())
        most: int = settings.IMPORT_MAX_BYTES
        if total > most:
            self.add_error(
                "problems",
                f"These files have {total / 1024**2:,.0f} MB together; this page takes "
                f"{most / 1024**2:,.0f} MB. Bring fewer problems at a time.",
            )
        return self.cleaned_data

    def _files(self) -> "list[File[bytes]]":
        chosen = (self.cleaned_data.get(name) for name in ("problems", "images"))
        return [file for file in chosen if file]

    def brought(self) -> list[BroughtFile]:
        """What was chosen, by name."""
        return [(file.name or "a file", file) for file in self._files()]
