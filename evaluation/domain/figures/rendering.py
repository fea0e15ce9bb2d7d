"""A laid out figure as SVG and PDF: the same bytes for the same figure, whatever the time.

Imported only where a figure is drawn: matplotlib takes a second to import. Its pyplot is not used,
which keeps every figure until it is closed.
"""

import io
import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch, Polygon
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from evaluation.domain.figures.drawing import Drawing, Form, Ink, Place, Shape, Stroke, Words
from evaluation.domain.figures.fonts import font_file
from evaluation.domain.figures.measuring import ONE_AT_A_TIME
from evaluation.domain.figures.svg import LIGHT, accessible

_SETTINGS: Mapping[Any, Any] = MappingProxyType(
    {
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": "figure",
        "pdf.fonttype": 42,  # fonts embedded as TrueType, which journals ask for
        "pdf.compression": 6,
        "path.simplify": False,
        "path.sketch": None,
        "text.usetex": False,
        "text.antialiased": True,
        "lines.scale_dashes": True,
    }
)


def to_svg(drawing: Drawing) -> bytes:
    """SVG 1.1: text as text, a title and a description, and dark where the reader's page is."""
    metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    return accessible(_saved(drawing, "svg", metadata), drawing.title, drawing.description)


def to_pdf(drawing: Drawing) -> bytes:
    """PDF 1.4 on white, with its fonts embedded as TrueType."""
    return _saved(drawing, "pdf", {"CreationDate": None, "Title": drawing.title})


def _saved(drawing: Drawing, kind: str, metadata: Mapping[str, str | None]) -> bytes:
    file = io.BytesIO()
    with ONE_AT_A_TIME, rc_context(dict(_SETTINGS)):
        _figure(drawing, kind).savefig(file, format=kind, metadata=dict(metadata))
    return file.getvalue()


def _figure(drawing: Drawing, kind: str) -> Figure:
    figure = Figure(figsize=(drawing.width / 72, drawing.height / 72), dpi=72)
    (FigureCanvasSVG if kind == "svg" else FigureCanvasPdf)(figure)
    figure.patch.set_visible(kind == "pdf")
    figure.patch.set_facecolor("#ffffff")
    # Our places are points from the upper left corner.
    on_sheet = Affine2D().scale(1 / drawing.width, -1 / drawing.height).translate(0, 1)
    for artist in _artists(drawing, on_sheet + figure.transFigure):
        figure.add_artist(artist)
    return figure


def _artists(drawing: Drawing, transform: Transform) -> Iterator[Artist]:
    for number, piece in enumerate(drawing.pieces):
        match piece:
            case Words():
                artist = _text(piece)
            case Stroke():
                artist = _line(piece)
            case Shape():
                artist = _form(piece)
        artist.set_transform(transform)
        # Drawn in the order in which they were put down, whatever kind they are.
        artist.set_zorder(number)
        yield artist


def _text(words: Words) -> Artist:
    font = FontProperties(
        fname=font_file(is_bold=words.is_bold),
        size=words.size,
        weight="bold" if words.is_bold else "normal",
    )
    return Text(
        words.x,
        words.y,
        words.text,
        fontproperties=font,
        color=LIGHT[words.ink],
        ha=words.align.value,
        va="baseline",
        parse_math=False,  # a dollar sign in a model's name is one
    )


def _line(stroke: Stroke) -> Artist:
    across, down = zip(*stroke.through, strict=True)
    return Line2D(
        across,
        down,
        color=LIGHT[stroke.ink],
        linewidth=stroke.width,
        linestyle=(0, stroke.dash) if stroke.dash else "-",
        solid_capstyle="butt",
        dash_capstyle="butt",
    )


def _form(shape: Shape) -> Artist:
    color = LIGHT[shape.ink]
    inside = LIGHT[Ink.GROUND] if shape.is_hollow else color
    patch: Patch
    if shape.form is Form.CIRCLE:
        patch = Circle((shape.x, shape.y), shape.radius)
    else:
        patch = Polygon(corners(shape), closed=True)
    patch.set(facecolor=inside, edgecolor=color, linewidth=1.1)
    return patch


def corners(shape: Shape) -> list[Place]:
    """The corners of a shape that has some, in the order in which they are joined."""
    return [(shape.x + shape.radius * x, shape.y + shape.radius * y) for x, y in _UNIT[shape.form]]


_SIDE = math.sqrt(math.pi) / 2  # of half a square as large as the circle
_UNIT: Mapping[Form, tuple[Place, ...]] = MappingProxyType(
    {
        Form.SQUARE: ((-_SIDE, -_SIDE), (_SIDE, -_SIDE), (_SIDE, _SIDE), (-_SIDE, _SIDE)),
        Form.DIAMOND: ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
        Form.TRIANGLE: ((0, -1.25), (1.15, 0.8), (-1.15, 0.8)),
        Form.ARROW_RIGHT: ((1, 0), (-1, -1), (-1, 1)),
        Form.ARROW_LEFT: ((-1, 0), (1, -1), (1, 1)),
    }
)
