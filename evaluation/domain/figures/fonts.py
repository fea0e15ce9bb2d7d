"""The font that matplotlib carries: measured, drawn with, and embedded into PDF.

Imported only where a figure is laid out: matplotlib takes a second to import.
"""

from functools import cache

from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font

UNIT = 1000
"""The size at which advances are asked for; all others are in proportion."""


def font_file(*, is_bold: bool = False) -> str:
    """The path of DejaVu Sans."""
    return f"{get_data_path()}/fonts/ttf/DejaVuSans{'-Bold' if is_bold else ''}.ttf"


def advance(character: str, *, is_bold: bool) -> float | None:
    """How wide the character is in thousandths of its size; None where the font has no sign.

    Kerning is left out: it only ever brings letters closer in this font.
    """
    font = _font(is_bold)
    if font.get_char_index(ord(character)) == 0:
        return None
    return font.load_char(ord(character)).linearHoriAdvance / 65536


@cache
def _font(is_bold: bool) -> FT2Font:  # noqa: FBT001 - a key of the cache
    font = FT2Font(font_file(is_bold=is_bold))
    font.set_size(UNIT, 72)
    return font
