"""From a bare Python to the project's own environment, with the standard library alone.

The first start makes `.venv` and installs the locked packages into it; later starts find them.
In an environment of one's own (an activated one, a container) nothing is done.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ensure_environment(lock_name: str, *, needs: str) -> None:
    """Go on in an environment that has the lock file's packages, `needs` being one of them."""
    is_inside = Path(sys.prefix).resolve() == ENVIRONMENT
    if not is_inside and find_spec(needs) is not None:
        return
    lock = ROOT / lock_name
    if not _is_installed(lock):
        _install(lock)
    if not is_inside:
        os.execv(PYTHON, [str(PYTHON), *sys.orig_argv[1:]])  # noqa: S606 - our own interpreter


def _stamp(lock: Path) -> Path:
    return ENVIRONMENT / f"{lock.name}.sha256"


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _is_installed(lock: Path) -> bool:
    return _stamp(lock).is_file() and _stamp(lock).read_text() == _digest(lock)


def _install(lock: Path) -> None:
    print(f"Installing the packages of {lock.name} into .venv (once).", flush=True)  # noqa: T201
    if not PYTHON.exists():
        subprocess.run([_interpreter(), "-m", "venv", str(ENVIRONMENT)], check=True)
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
    install = [str(PYTHON), "-m", "pip", "install", *options, "-r", str(lock)]
    subprocess.run(install, check=True)
    _stamp(lock).write_text(_digest(lock))


def _interpreter() -> str:
    if sys.hexversion >= 0x030D0000:
        return sys.executable
    found = shutil.which("python3.13")
    if found is None:
        sys.exit(
            "Python 3.13 is needed; `uv python install 3.13` or your system's packages have it."
        )
    return found
