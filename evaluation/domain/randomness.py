"""Randomness that stays the same on every machine and with every Python: a hash of seed and words.

Python promises the sequence of ``random.random()`` only, not that of ``shuffle`` or ``choice``,
and ``hash()`` of a string differs from process to process. A number in a paper must survive both.
"""

import hashlib
import json


def drawn(seed: int, *words: str) -> int:
    """A number in [0, 2**256), the same for the same seed and words, else as good as independent.

    Used as ``drawn(...) % n`` to pick one of n (the bias is below n / 2**256), or as a sort key,
    one per thing, to put things in a random order.
    """
    text = json.dumps([seed, *words], ensure_ascii=True, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode()).digest())
