"""SQLite for one person on one machine, PostgreSQL for everyone else."""

from typing import Any

import dj_database_url

_SQLITE = {
    "transaction_mode": "IMMEDIATE",  # a transaction that will write waits its turn at its start
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
# Its own defaults are those of turning disks: it reads whole tables where a few rows are wanted.
# No query of ours lasts so long that compiling it pays. `?options=` in the address overrides both.
_POSTGRESQL = "-c random_page_cost=1.1 -c jit=off"


def database(address: str) -> Any:
    """Django's settings of the database at an address."""
    found = dj_database_url.parse(address, conn_max_age=60, conn_health_checks=True)
    if found["ENGINE"] == "django.db.backends.sqlite3":
        return {**found, "OPTIONS": _SQLITE}
    return {**found, "OPTIONS": {"options": _POSTGRESQL, **found.get("OPTIONS", {})}}
