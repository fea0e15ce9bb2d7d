"""A figure as words, strokes and shapes at places on a sheet: laid out, not yet drawn.

Lengths are typographic points (1/72 inch); y grows downwards from the upper edge.
"""

from dataclasses import dataclass, field
from enum import StrEnum

TEXT = 8.0
"""Size of the text, as journals ask for it."""
SMALL = 7.0
"""Size of ticks and notes."""
LEADING = 10.0
"""From one line of text to the next."""

_MILLIMETER = 72 / 25.4


class Width(StrEnum):
    """The columns that journals have: one, or the whole page."""

    WIDE = "wide"
    NARROW = "narrow"

    @property
    def points(self) -> float:
        """180 mm, or 85 mm for one column and for phones."""
        return (180 if self is Width.WIDE else 85) * _MILLIMETER


class Ink(StrEnum):
    """The colors by what they are for. Each is told by shape, dash or words as well."""

    TEXT = "text"
    QUIET = "quiet"
    LINE = "line"
    ACCENT = "accent"
    GROUND = "ground"


class Align(StrEnum):
    """Which end of the words stands at their place."""

    START = "left"
    MIDDLE = "center"
    END = "right"


class Form(StrEnum):
    """Shapes that differ in black and white, too."""

    CIRCLE = "circle"
    DIAMOND = "diamond"
    SQUARE = "square"
    TRIANGLE = "triangle"
    ARROW_RIGHT = "arrow to the right"
    ARROW_LEFT = "arrow to the left"


type Place = tuple[float, float]
type Dash = tuple[float, ...]

SOLID: Dash = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One line of text; ``y`` is that of its baseline."""

    x: float
    y: float
    text: str
    size: float = TEXT
    ink: Ink = Ink.TEXT
    align: Align = Align.START
    is_bold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A line through places; ``dash`` is lengths of ink and gap in turn."""

    through: tuple[Place, ...]
    ink: Ink
    width: float = 1.0
    dash: Dash = SOLID


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A form about its middle; ``radius`` is half its breadth. Hollow ones show the ground."""

    x: float
    y: float
    form: Form
    ink: Ink
    radius: float = 3.0
    is_hollow: bool = False


type Piece = Words | Stroke | Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A laid out figure, with what tells it to those who do not see it."""

    title: str
    description: str
    width: float
    height: float
    pieces: tuple[Piece, ...]


@dataclass(slots=True)
class Sheet:
    """Where pieces are put down while laying out; later ones cover earlier ones."""

    width: float
    pieces: list[Piece] = field(default_factory=list)

    @property
    def is_narrow(self) -> bool:
        """Whether it is one column wide."""
        return self.width < Width.WIDE.points

    def put(self, *pieces: Piece) -> None:
        """Put pieces down."""
        self.pieces.extend(pieces)

    def lines_of_text(
        self,
        lines: list[str],
        *,
        x: float,
        y: float,
        size: float = TEXT,
        ink: Ink = Ink.TEXT,
        align: Align = Align.START,
        is_bold: bool = False,
    ) -> None:
        """Put lines below each other, the first with its baseline at ``y``."""
        for number, line in enumerate(lines):
            self.put(
                Words(
                    x=x,
                    y=y + number * LEADING,
                    text=line,
                    size=size,
                    ink=ink,
                    align=align,
                    is_bold=is_bold,
                )
            )
