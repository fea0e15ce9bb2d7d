"""``LICENSES.csv``: under what terms, and from where, each image of a bundle comes."""

import csv
import hashlib
from collections import Counter
from typing import TextIO

from curation.domain.bundle.images import image_file
from curation.domain.content import ImageContent

LICENSES_PATH = "LICENSES.csv"
HEADER = ("sha256", "file", "license", "source", "attribution", "canary")

# Full-width forms count too: spreadsheets with East Asian input read them as formulas.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 the look-alikes are meant


def safe_cell(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would run as a formula.

    >>> safe_cell("=1+1")
    "'=1+1"
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


class LicenseTable:
    """Writes one row per image; another only where two problems state different terms for it."""

    def __init__(self, file: TextIO, canary: str) -> None:
        self._canary = canary
        self._writer = csv.writer(file, lineterminator="\n")
        self._writer.writerow(HEADER)
        # Digests, because the texts of a hundred thousand images would fill the memory.
        self._written: set[bytes] = set()
        self.images_by_license: Counter[str] = Counter()

    def write(self, image: ImageContent) -> None:
        """Add the image's terms unless they stand there already."""
        row = (image.sha256, image_file(image), image.license, image.source, image.attribution)
        digest = hashlib.sha256("\0".join(row).encode()).digest()
        if digest in self._written:
            return
        self._written.add(digest)
        self.images_by_license[image.license] += 1
        self._writer.writerow([safe_cell(cell) for cell in (*row, self._canary)])
