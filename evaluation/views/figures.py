"""Figures of what was measured as SVG and PDF, and their data as tables: files for papers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from curation.http import AuthenticatedRequest, allowed_to, fetch_visible
from curation.permissions import is_member
from evaluation.domain.exhibits import Exhibit, exhibits_of
from evaluation.domain.figures import Plot, Width, laid_out, to_pdf, to_svg
from evaluation.domain.reporting import RunReport, ScorerReport
from evaluation.domain.tables import to_csv, to_latex, to_markdown, to_parquet
from evaluation.models import Run
from evaluation.reporting import kept_report, shown_to

_LOOK = 1
"""Raised when figures or tables look otherwise: what browsers keep is fetched anew."""

# A figure has a style sheet of its own, and runs and fetches nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

type Write = Callable[[Exhibit, Width], bytes]


@dataclass(frozen=True, slots=True)
class _Format:
    """How an exhibit is written, and what the file is."""

    label: str
    media_type: str
    write: Write


def _svg(plot: Plot, width: Width) -> bytes:
    return to_svg(laid_out(plot, width))


def _pdf(plot: Plot, width: Width) -> bytes:
    return to_pdf(laid_out(plot, width))


FIGURES: Mapping[str, _Format] = MappingProxyType(
    {
        "svg": _Format("SVG", "image/svg+xml", lambda each, width: _svg(each.plot, width)),
        "pdf": _Format("PDF", "application/pdf", lambda each, width: _pdf(each.plot, width)),
    }
)
TABLES: Mapping[str, _Format] = MappingProxyType(
    {
        "csv": _Format("CSV", "text/csv; charset=utf-8", lambda each, _: to_csv(each.table)),
        "parquet": _Format(
            "Parquet", "application/vnd.apache.parquet", lambda each, _: to_parquet(each.table)
        ),
        "tex": _Format("LaTeX", "text/plain; charset=utf-8", lambda each, _: to_latex(each.table)),
        "md": _Format(
            "Markdown", "text/markdown; charset=utf-8", lambda each, _: to_markdown(each.table)
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFigure:
    """An exhibit on a page, with the addresses of its files."""

    exhibit: Exhibit
    figure: str
    """The address of its figure without its ending."""
    data: str
    """That of its table."""
    query: str

    @property
    def wide(self) -> str:
        """As wide as a page."""
        return f"{self.figure}.svg?{self.query}"

    @property
    def narrow(self) -> str:
        """As wide as a column, for phones."""
        return f"{self.figure}.svg?{self.query}&width={Width.NARROW}"

    @property
    def files(self) -> list[tuple[str, str]]:
        """What can be downloaded, with addresses."""
        figures = [
            (f"{form.label}{words}", f"{self.figure}.{ending}?{self.query}{more}")
            for ending, form in FIGURES.items()
            for words, more in (("", ""), (", one column", f"&width={Width.NARROW}"))
        ]
        tables = [
            (form.label, f"{self.data}.{ending}?{self.query}") for ending, form in TABLES.items()
        ]
        return figures + tables


def shown_figures(run: Run, report: RunReport, scorer: ScorerReport) -> dict[str, ShownFigure]:
    """The figures of a run's page by their names."""
    query = urlencode({"scorer": scorer.scorer})
    return {
        name: ShownFigure(
            exhibit=exhibit,
            figure=_address("run_figure", run, name),
            data=_address("run_table", run, name),
            query=query,
        )
        for name, exhibit in exhibits_of(report, scorer).items()
    }


def _address(view: str, run: Run, name: str) -> str:
    ending = "svg" if view == "run_figure" else "csv"
    return reverse(f"evaluation:{view}", args=[run.pk, name, ending]).removesuffix(f".{ending}")


@require_safe
@allowed_to(is_member)
def run_figure(
    request: AuthenticatedRequest, run_id: int, name: str, ending: str
) -> HttpResponseBase:
    """A figure of a run's report."""
    return _file(request, run_id, name, ending, FIGURES)


@require_safe
@allowed_to(is_member)
def run_table(
    request: AuthenticatedRequest, run_id: int, name: str, ending: str
) -> HttpResponseBase:
    """The data of a figure of a run's report."""
    return _file(request, run_id, name, ending, TABLES)


def _file(
    request: AuthenticatedRequest, run_id: int, name: str, ending: str, forms: Mapping[str, _Format]
) -> HttpResponseBase:
    """404 where there is no such figure, be it for want of a report or of anything to show."""
    run = fetch_visible(Run.objects.with_parts(), pk=run_id)
    kept = kept_report(run)
    if kept.report is None or ending not in forms:
        raise Http404
    report = shown_to(request.user, run, kept.report)
    scorer = report.scorer(request.GET.get("scorer", "")) or next(iter(report.scorers), None)
    exhibit = exhibits_of(report, scorer).get(name) if scorer else None
    if exhibit is None or scorer is None:
        raise Http404
    width = _width(request)
    # Who may read less has another report under the same fingerprint.
    is_whole = report == kept.report
    parts = (_LOOK, kept.fingerprint, is_whole, scorer.scorer, name, ending, width)
    etag = quote_etag("-".join(map(str, parts)))
    form = forms[ending]
    unchanged = get_conditional_response(request, etag=etag)
    answer = unchanged or HttpResponse(form.write(exhibit, width), content_type=form.media_type)
    if unchanged is None:
        file = f"run-{run.pk}-{name}.{ending}"
        answer["Content-Disposition"] = f'inline; filename="{file}"'
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    answer["Content-Security-Policy"] = _POLICY
    return answer


def _width(request: HttpRequest) -> Width:
    is_narrow = request.GET.get("width") == Width.NARROW
    return Width.NARROW if is_narrow else Width.WIDE
