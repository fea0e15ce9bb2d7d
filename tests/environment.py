"""Environment variables for tests and for the processes they start: never a person's own."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_ENTRY = re.compile(r"^(?:# )?([A-Z][A-Z0-9_]+)=", re.MULTILINE)


def explained_variables() -> set[str]:
    """The variables that `.env.example` explains, those it leaves commented out included."""
    return set(_ENTRY.findall((ROOT / ".env.example").read_text()))


def without_settings() -> dict[str, str]:
    """This process's environment less everything that configures an installation.

    Nor does it keep Python from writing down what it compiled: some hundred processes follow.
    """
    ours = explained_variables() | {"DJANGO_SETTINGS_MODULE", "PYTHONDONTWRITEBYTECODE"}
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith("MODEL_KEY_")
    }


def is_ci() -> bool:
    """Where whatever is missing is a failure, not a reason to skip."""
    return os.environ.get("CI", "") not in {"", "false", "0"}
