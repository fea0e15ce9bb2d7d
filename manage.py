#!/usr/bin/env python3
"""The command line. `python3 manage.py demo` needs nothing but Python."""

import os
import sys

from config.bootstrap import ensure_environment


def main() -> None:
    """Run a command, in the project's own environment and, for the demo, with its settings."""
    ensure_environment("requirements.lock", needs="django", arguments=sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["demo"]:
        os.environ.setdefault("ENVIRONMENT", "demo")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - installed above
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - installed above

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
