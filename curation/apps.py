"""The app that makes the benchmark."""

from django.apps import AppConfig


class CurationConfig(AppConfig):
    """Authoring, reviewing, releasing."""

    name = "curation"

    def ready(self) -> None:
        """Register the system checks."""
        from curation import checks  # noqa: F401, PLC0415 - registering is the import's effect
