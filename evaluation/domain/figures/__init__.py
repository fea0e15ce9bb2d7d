"""Figures for pages and papers: plain values in, SVG and PDF out, the same bytes every time.

What a figure shows is a plot (`plots`); it is laid out on a sheet of one of two widths, as words,
strokes and shapes (`drawing`), and only then drawn by matplotlib (`rendering`). Another kind of
figure is a class in `plots`, a module that lays it out and a line in each `match` over plots.
"""

from evaluation.domain.figures.costs import lay_out_costs
from evaluation.domain.figures.curves import lay_out_curve
from evaluation.domain.figures.drawing import Drawing, Sheet, Width
from evaluation.domain.figures.measuring import clean
from evaluation.domain.figures.plots import (
    Costs,
    Curve,
    Dots,
    Gain,
    Gains,
    Group,
    Line,
    Mark,
    Plot,
    Point,
    Priced,
    Scale,
    Series,
    agreement,
    forest,
    has_something,
)
from evaluation.domain.figures.rows import lay_out_dots, lay_out_gains
from evaluation.domain.figures.wording import in_sentences

__all__ = [
    "Costs",
    "Curve",
    "Dots",
    "Gain",
    "Gains",
    "Group",
    "Line",
    "Mark",
    "Plot",
    "Point",
    "Priced",
    "Scale",
    "Series",
    "Width",
    "agreement",
    "forest",
    "has_something",
    "in_sentences",
    "laid_out",
    "to_pdf",
    "to_svg",
]


def laid_out(plot: Plot, width: Width) -> Drawing:
    """The figure on a sheet of this width, as high as it needs to be."""
    sheet = Sheet(width.points)
    height = _lay_out(sheet, plot)
    return Drawing(
        title=clean(plot.title),
        description=clean(in_sentences(plot)),
        width=sheet.width,
        height=height,
        pieces=tuple(sheet.pieces),
    )


def to_svg(drawing: Drawing) -> bytes:
    """SVG 1.1: text as text, a title and a description, dark where its reader prefers that."""
    # Here, because it imports matplotlib, which takes a second that only figures should cost.
    from evaluation.domain.figures import rendering  # noqa: PLC0415 - as said above

    return rendering.to_svg(drawing)


def to_pdf(drawing: Drawing) -> bytes:
    """PDF 1.4 on white, with its fonts embedded as TrueType."""
    # As above.
    from evaluation.domain.figures import rendering  # noqa: PLC0415 - as said above

    return rendering.to_pdf(drawing)


def _lay_out(sheet: Sheet, plot: Plot) -> float:
    match plot:
        case Dots():
            return lay_out_dots(sheet, plot)
        case Gains():
            return lay_out_gains(sheet, plot)
        case Curve():
            return lay_out_curve(sheet, plot)
        case Costs():
            return lay_out_costs(sheet, plot)
