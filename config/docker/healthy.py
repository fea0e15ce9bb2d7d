"""Is this container's process well? Docker asks `python config/docker/healthy.py web` or `beat`."""

import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

# Beat writes its schedule every three minutes.
_SILENCE_SECONDS = 10 * 60


def web() -> bool:
    """The web server answers, asked by the name it knows itself by."""
    host = urlsplit(os.environ["SITE_URL"]).netloc
    question = Request("http://127.0.0.1:8000/health/live", headers={"Host": host})
    with urlopen(question, timeout=5) as answer:  # noqa: S310 - our own address
        return bool(answer.status == 200)


def beat() -> bool:
    """Beat still writes down what it sent."""
    written = max(path.stat().st_mtime for path in Path("/tmp").glob("beat*"))  # noqa: S108 - where the compose file puts it
    return time.time() - written < _SILENCE_SECONDS


if __name__ == "__main__":
    sys.exit(not {"web": web, "beat": beat}[sys.argv[1]]())
