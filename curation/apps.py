"""The app that makes the benchmark."""

from django.apps import AppConfig


class CurationConfig(AppConfig):
    """Authoring, reviewing, releasing."""

    name = "curation"

    def ready(self) -> None:
        """Register the system checks, and listen to who signs in."""
        from curation import checks, signals  # noqa: F401, PLC0415 - registering is the import's effect
