"""The installation as an app: it owns the `demo` command."""

from django.apps import AppConfig


class InstallationConfig(AppConfig):
    """Settings and processes."""

    name = "config"

    def ready(self) -> None:
        """Make the Celery application the current one, so that tasks reach its queue."""
        from config import celery  # noqa: F401, PLC0415 - needs the settings to be ready
