"""The app that measures models."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    """Endpoints, runs, leaderboard."""

    name = "evaluation"

    def ready(self) -> None:
        """Register the system checks."""
        from evaluation import checks  # noqa: F401, PLC0415 - registering is the import's effect
