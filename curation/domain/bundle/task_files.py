"""``tasks/``: the release as tasks for lmms-eval and for Inspect, to be run as they are.

Made from the templates in the folder beside this file. Prompts and judgement are those of a run
here, in open form.
"""

import re
from pathlib import Path
from string import Template

from curation.domain.bundle.canary import canary
from curation.domain.bundle.items import BundleDescription

_TEMPLATES = Path(__file__).parent / "tasks"
_LMMS_EVAL = "tasks/lmms_eval"


def task_files(description: BundleDescription) -> dict[str, str]:
    """Path in the bundle -> text."""
    yaml = {
        f"{_LMMS_EVAL}/{shots}.yaml": _text("lmms_eval.yaml", description, shots=shots)
        for shots in ("in_context", "zero_shot")
    }
    return yaml | {
        f"{_LMMS_EVAL}/utils.py": _text("lmms_utils.py", description),
        "tasks/inspect/task.py": _text("inspect.py", description),
    }


def slug(description: BundleDescription) -> str:
    """The release's name as tasks are named: lower case letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", description.name.lower()).strip("_") or "benchmark"


def _text(name: str, description: BundleDescription, **values: str) -> str:
    shared = _read("shared.py")
    return Template(_read(name)).substitute(
        title=f"{_plain(description.name)} {_plain(description.version)}",
        version=_plain(description.version),
        slug=slug(description),
        canary=canary(description),
        shared=shared,
        **values,
    )


def _read(name: str) -> str:
    return (_TEMPLATES / f"{name}.template").read_text(encoding="utf-8")


def _plain(text: str) -> str:
    """One line that can end no string of Python and no comment of YAML."""
    return " ".join(re.sub(r'[\\"\x00-\x1f\x7f-\x9f\u2028\u2029]', " ", text).split())
