"""Addresses of evaluation's API, below /api/v1/."""

from django.urls import path

from evaluation.api import reports, views

app_name = "evaluation_api"

_RUN = "runs/<int:run_id>"

urlpatterns = [
    path("endpoints", views.EndpointList.as_view(), name="endpoint_list"),
    path("runs", views.RunList.as_view(), name="run_list"),
    path(_RUN, views.RunDetail.as_view(), name="run_detail"),
    path(f"{_RUN}/report", reports.RunReport.as_view(), name="run_report"),
    path(f"{_RUN}/cancel", views.RunCancel.as_view(), name="run_cancel"),
    path(f"{_RUN}/retry", views.RunRetry.as_view(), name="run_retry"),
    path(f"{_RUN}/pause", views.RunPause.as_view(), name="run_pause"),
    path(f"{_RUN}/resume", views.RunResume.as_view(), name="run_resume"),
    path(f"{_RUN}/budget", views.RunBudget.as_view(), name="run_budget"),
    path(f"{_RUN}/predictions", views.PredictionList.as_view(), name="prediction_list"),
    path("releases/<str:version>/leaderboard", views.Leaderboard.as_view(), name="leaderboard"),
]
