"""What is measured by hand: `python -m tests.benchmarks.<name>`, on PostgreSQL where
`TEST_DATABASE_URL` names one, else on SQLite. Django is set up here, before any of them.
"""

import os

import django

from tests import plugin  # makes the environment that the settings read

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

__all__ = ["plugin"]
