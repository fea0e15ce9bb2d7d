"""Addresses of evaluation: a view, its address and its template have one name."""

from django.urls import path

from evaluation.views import (
    endpoints,
    exports,
    figures,
    judge_checks,
    leaderboard,
    metrics,
    predictions,
    reports,
    runs,
    steering,
    trials,
)

app_name = "evaluation"

_RUN = "runs/<int:run_id>"

urlpatterns = [
    path("endpoints/", endpoints.endpoint_list, name="endpoint_list"),
    path("endpoints/new/", endpoints.endpoint_create, name="endpoint_create"),
    path("endpoints/<int:endpoint_id>/", endpoints.endpoint_edit, name="endpoint_edit"),
    path("endpoints/<int:endpoint_id>/check/", endpoints.endpoint_check, name="endpoint_check"),
    path("runs/", runs.run_list, name="run_list"),
    path("runs/new/", runs.run_create, name="run_create"),
    path(f"{_RUN}/", runs.run_detail, name="run_detail"),
    path(f"{_RUN}/report/", reports.run_report, name="run_report"),
    path(f"{_RUN}/figures/<slug:name>.<slug:ending>", figures.run_figure, name="run_figure"),
    path(f"{_RUN}/tables/<slug:name>.<slug:ending>", figures.run_table, name="run_table"),
    path(f"{_RUN}/cancel/", runs.run_cancel, name="run_cancel"),
    path(f"{_RUN}/retry/", runs.run_retry, name="run_retry"),
    path(f"{_RUN}/judge/", runs.run_judge, name="run_judge"),
    path(f"{_RUN}/samples/", judge_checks.judge_sample_list, name="judge_sample_list"),
    path(
        f"{_RUN}/samples/<int:sample_id>/discard/",
        judge_checks.judge_sample_discard,
        name="judge_sample_discard",
    ),
    path("check-the-judge/", judge_checks.judge_check, name="judge_check"),
    path("check-the-judge/<int:answer_id>/", judge_checks.expert_verdict, name="expert_verdict"),
    path(f"{_RUN}/predictions.parquet", exports.run_parquet, name="run_parquet"),
    path(f"{_RUN}/predictions.jsonl", exports.run_jsonl, name="run_jsonl"),
    path(f"{_RUN}/pause/", steering.run_pause, name="run_pause"),
    path(f"{_RUN}/resume/", steering.run_resume, name="run_resume"),
    path(f"{_RUN}/budget/", steering.run_budget, name="run_budget"),
    path(f"{_RUN}/predictions/", predictions.prediction_list, name="prediction_list"),
    path(
        f"{_RUN}/predictions/<int:prediction_id>/",
        predictions.prediction_detail,
        name="prediction_detail",
    ),
    path("problems/<uuid:problem_id>/try/", trials.problem_try, name="problem_try"),
    path("metrics", metrics.metrics, name="metrics"),
    path("leaderboard/", leaderboard.leaderboard, name="leaderboard"),
]
