"""The report of a run: what it measured, how sure that is, and what stands beside it."""

from dataclasses import dataclass

from django.http import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from curation.http import AuthenticatedRequest, allowed_to, fetch_visible, render_part
from curation.models import Heartbeat
from curation.permissions import can_edit_collection, is_member
from evaluation.domain.methods import methods_paragraph
from evaluation.domain.reporting import Comparison, RunReport, ScorerReport, words
from evaluation.domain.reporting.withholding import LEAST_HELD_OUT
from evaluation.domain.twins import WITHOUT_NOISE, ZERO_SHOT
from evaluation.models import Run
from evaluation.reporting import kept_report, shown_to
from evaluation.views.figures import shown_figures


@require_safe
@allowed_to(is_member)
def run_report(request: AuthenticatedRequest, run_id: int) -> HttpResponseBase:
    """The report by one scorer at a time; says so while it is being computed."""
    run = fetch_visible(Run.objects.with_parts(), pk=run_id)
    kept = kept_report(run)
    shown, figures = None, {}
    if kept.report is not None:
        report = shown_to(request.user, run, kept.report)
        shown = ShownReport.of(report, request.GET.get("scorer", ""))
        figures = shown_figures(run, report, shown.scorer) if shown.scorer else {}
    context = {
        "run": run,
        "computed_at": kept.computed_at,
        "is_current": kept.is_current,
        "is_worker_alive": Heartbeat.objects.is_worker_alive(timezone.now()),
        "least_held_out": LEAST_HELD_OUT,
        "can_start": can_edit_collection(request.user),
        "shown": shown,
        "figures": figures,
    }
    return render_part(request, "evaluation/run_report.html", "report", context)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownComparison:
    """A comparison with what it says in words."""

    comparison: Comparison
    verdict: str
    words: str

    @classmethod
    def of(cls, comparison: Comparison) -> "ShownComparison":
        """The words that go with it."""
        return cls(
            comparison=comparison,
            verdict=words.verdict(comparison),
            words=words.comparison_words(comparison),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReport:
    """What the page says of one scorer, and of the run whoever scores it."""

    report: RunReport
    headlines: list[tuple[ScorerReport, str]]
    scorer: ScorerReport | None
    help: ShownComparison | None
    noise: ShownComparison | None
    orders: list[ShownComparison]
    spread: str
    copying: str
    strata: str
    methods: str

    @classmethod
    def of(cls, report: RunReport, chosen: str) -> "ShownReport":
        """The scorer that was chosen, else the first."""
        scorer = report.scorer(chosen) or next(iter(report.scorers), None)
        beside = [ShownComparison.of(each) for each in (scorer.comparisons if scorer else ())]
        by_name = {each.comparison.name: each for each in beside}
        spread = scorer and scorer.order_spread
        return cls(
            report=report,
            headlines=[(each, words.headline(each, report.outcomes)) for each in report.scorers],
            scorer=scorer,
            help=by_name.pop(ZERO_SHOT, None),
            noise=by_name.pop(WITHOUT_NOISE, None),
            orders=list(by_name.values()),
            spread=words.spread_words(spread) if spread else "",
            copying=words.copying_words(report.copying) if report.copying else "",
            strata=words.strata_words(scorer) if scorer and scorer.strata_count else "",
            methods=methods_paragraph(report),
        )
