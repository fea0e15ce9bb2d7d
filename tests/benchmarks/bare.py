"""What no engine can beat: aiohttp alone, bodies from memory, nothing kept of the answers.

`python -m tests.benchmarks.bare ADDRESS AT_ONCE COUNT FILE...` sends COUNT requests of five of the
files in turn. It reads and encodes each file once, and prints its own seconds of CPU.
"""

import asyncio
import base64
import itertools
import resource
import sys
from pathlib import Path

import aiohttp

_HEAD = b'{"model":"m","temperature":0,"max_tokens":512,"messages":[{"role":"user","content":['
_IMAGE = b'{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,'


def bodies(files: list[str]) -> list[list[bytes]]:
    """Fragments of a body for every five files."""
    encoded = [base64.b64encode(Path(file).read_bytes()) for file in files]
    return [
        [_HEAD, b",".join(_IMAGE + image + b'"}}' for image in five), b"]}]}"]
        for five in itertools.batched(encoded, 5, strict=False)
    ]


async def send(address: str, at_once: int, count: int, files: list[str]) -> None:
    """All requests, so many at once."""
    turns = itertools.islice(itertools.cycle(bodies(files)), count)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work() -> None:
            for fragments in turns:
                async with session.post(address, data=b"".join(fragments)) as response:
                    await response.read()

        await asyncio.gather(*(work() for _ in range(at_once)))


if __name__ == "__main__":
    asyncio.run(send(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
    used = resource.getrusage(resource.RUSAGE_SELF)
    sys.stdout.write(f"{used.ru_utime + used.ru_stime:.2f}\n")
