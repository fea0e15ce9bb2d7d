"""Where files lie. Images are stored under their SHA-256, releases under their version."""

from pathlib import Path
from typing import Any

_WHOLE_FILES = "curation.images.WholeFileStorage"


def storages(data_dir: Path, *, is_collected: bool) -> dict[str, dict[str, Any]]:
    """Django's STORAGES. What people bring is not public; static files are, collected or found."""
    kept = {
        name: {"BACKEND": _WHOLE_FILES, "OPTIONS": {"location": data_dir / name}}
        for name in ("images", "scans", "imports")
    }
    releases = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": data_dir / "releases"},
    }
    static = (
        "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if is_collected
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    return {**kept, "releases": releases, "staticfiles": {"BACKEND": static}}
