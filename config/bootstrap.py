"""From a bare Python to the project's own environment, with the standard library alone.

The first start makes `.venv` and installs the locked packages into it; later starts find them.
Where they are already at hand (a container, an environment of one's own), nothing is done.
Older Pythons (3.8 and later) read this file too: it tells them what is missing.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
# Whoever has these has the packages of every other lock file too.
ALL_PACKAGES = "requirements-dev.lock"
NEWEST_TOO_OLD = (3, 12)


def ensure_environment(lock_name: str, *, needs: str, arguments: list[str]) -> None:
    """Go on in an environment that has the lock file's packages.

    `needs` is one of them, by whose version such an environment is known; `arguments` are given to
    Python if it has to start again.
    """
    lock = ROOT / lock_name
    is_inside = Path(sys.prefix).resolve() == ENVIRONMENT.resolve()
    if not is_inside and _installed_version(needs) == _locked_version(lock, needs):
        return
    if not (_is_installed(lock) and (is_inside or _works())):
        _install(lock)
    if not is_inside:
        os.execv(str(PYTHON), [str(PYTHON), *arguments])  # noqa: S606 - our own interpreter


def _installed_version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _locked_version(lock: Path, package: str) -> str:
    found = re.search(rf"^{package}==([^ ;\\]+)", lock.read_text(), re.MULTILINE)
    if found is None:
        raise ValueError(f"{lock.name} has no package {package}.")
    return found[1]


def _is_installed(lock: Path) -> bool:
    return any(_is_stamped(each) for each in (lock, ROOT / ALL_PACKAGES))


def _is_stamped(lock: Path) -> bool:
    stamp = _stamp(lock)
    return stamp.is_file() and stamp.read_text() == _digest(lock)


def _stamp(lock: Path) -> Path:
    return ENVIRONMENT / f"{lock.name}.sha256"


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _works() -> bool:
    """Whether `.venv` has a Python that is new enough; not after an upgrade took its base away."""
    if not PYTHON.exists():
        return False
    check = f"import sys; sys.exit(sys.version_info[:2] <= {NEWEST_TOO_OLD})"
    return _run([str(PYTHON), "-c", check]) == 0


def _install(lock: Path) -> None:
    interpreter = _interpreter()
    print(  # noqa: T201 - nobody logs yet
        f"Installing the packages of {lock.name} into .venv: once, for a minute or two.",
        flush=True,
    )
    if not _works():
        _insist([interpreter, "-m", "venv", "--clear", str(ENVIRONMENT)])
    elif _run([str(PYTHON), "-c", "import pip"]) != 0:
        _insist([str(PYTHON), "-m", "ensurepip"])  # environments that uv makes have no pip
    options = [
        "--quiet",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--require-hashes",
        "--no-compile",  # Python compiles what is used when it is first used: a tenth of it
    ]
    _insist([str(PYTHON), "-m", "pip", "install", *options, "-r", str(lock)])
    _stamp(lock).write_text(_digest(lock))


def _run(command: list[str]) -> int:
    quiet = subprocess.DEVNULL
    return subprocess.run(command, stdout=quiet, stderr=quiet, check=False).returncode


def _insist(command: list[str]) -> None:
    """Run it, showing what it says; it being the last thing shown if it fails."""
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"This did not work, for the reason above: {' '.join(command)}")


def _interpreter() -> str:
    if sys.version_info[:2] > NEWEST_TOO_OLD:
        return sys.executable
    found = shutil.which("python3.13")
    if found is None:
        sys.exit(
            "Python 3.13 is needed; `uv python install 3.13` or your system's packages have it."
        )
    return found
