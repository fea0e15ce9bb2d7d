"""Where files lie. Images are stored under their SHA-256, releases under their version."""

from pathlib import Path
from typing import Any

from config.object_store import ObjectStore, object_store
from curation.storing import KEPT


def storages(data_dir: Path, *, is_collected: bool) -> dict[str, dict[str, Any]]:
    """Django's STORAGES. What people bring is not public; static files are, collected or found."""
    static = (
        "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if is_collected
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    store = object_store()
    kept = {name: _kept(name, data_dir, store) for name in KEPT}
    return {**kept, "staticfiles": {"BACKEND": static}}


def _kept(name: str, data_dir: Path, store: ObjectStore | None) -> dict[str, Any]:
    if store is None:
        backend = "curation.storing.WholeFileStorage"
        return {"BACKEND": backend, "OPTIONS": {"location": data_dir / name}}
    backend = "curation.object_storing.ObjectStorage"
    return {"BACKEND": backend, "OPTIONS": store.options(name)}
