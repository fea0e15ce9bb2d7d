"""The hub of data sets that releases can be pushed to."""

import os
from collections.abc import Callable
from pathlib import Path

from config.environment import text

_PUBLIC_HUB = "https://huggingface.co"


def hub(data_dir: Path) -> tuple[str, Callable[[], str]]:
    """Its address, and what finds the token at the moment of a call; empty if there is none.

    Its client reads the environment as it is imported: it is to tell nobody of its use, to write
    nowhere but in our folder, to talk to no other host and to look for no token by itself.
    """
    client = {
        "HF_HOME": str(data_dir / "hub"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    for name, value in client.items():
        os.environ.setdefault(name, value)
    return text("HUB_URL", default=_PUBLIC_HUB).rstrip("/"), hub_token


def hub_token() -> str:
    """The token that pushes: read when it is needed, kept nowhere."""
    return text("HUB_TOKEN", default="")
