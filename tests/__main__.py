"""`python3 -m tests` runs the whole gate; `python3 -m tests --help` says what else there is."""

import sys

from config.bootstrap import ensure_environment

if __name__ == "__main__":
    ensure_environment(
        "requirements-dev.lock", needs="pytest", arguments=["-m", "tests", *sys.argv[1:]]
    )
    from tests.gate import main  # needs what was installed above

    sys.exit(main(sys.argv[1:]))
