"""Prints what becomes of every hostile input, as a Markdown table.

python -m tests.benchmarks.hostile_images
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

import django


@contextmanager
def _tests_of_django() -> Iterator[ModuleType]:
    """An empty database and the tests' own environment; the tests that bring files."""
    plugin = import_module("tests.plugin")  # replaces the environment before settings are read
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    utils = import_module("django.test.utils")
    utils.setup_test_environment()
    databases = utils.setup_databases(verbosity=0, interactive=False)
    try:
        yield import_module("tests.benchmarks.bringing")
    finally:
        utils.teardown_databases(databases, verbosity=0)
        plugin.pytest_unconfigure()


def main() -> None:
    """Bring every input once, through the page."""
    out = sys.stdout
    with _tests_of_django() as tests:
        out.write("| input | bytes | answer | seconds | what happened |\n|---|--:|--:|--:|---|\n")
        for case in tests.CASES:
            data = case.make()
            started = time.monotonic()
            status, what = tests.bring(case.file_name, data)
            seconds = time.monotonic() - started
            out.write(f"| {case.name} | {len(data):,} | {status} | {seconds:.2f} | {what} |\n")
            out.flush()


if __name__ == "__main__":
    main()
