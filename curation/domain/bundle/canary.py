"""The string by which a copy of a release can be found in a training corpus."""

import uuid

from curation.domain.bundle.items import BundleDescription

# Chosen once at random. Another value would give every release another canary.
_NAMESPACE = uuid.UUID("6f3b1f0e-58d4-4c0c-9a55-3f1f6f1a7c42")


def canary(description: BundleDescription) -> str:
    """One sentence with a GUID that depends on the release's name and version only."""
    return f"Benchmark data, not to be used for training. Canary GUID {canary_guid(description)}"


def canary_guid(description: BundleDescription) -> str:
    """The GUID alone; that of an imported release is the one it was published with."""
    made = uuid.uuid5(_NAMESPACE, f"{description.name}\n{description.version}")
    return description.canary or str(made)
