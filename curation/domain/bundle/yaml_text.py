"""Texts in YAML without a YAML library."""

import json
import re

# Not printable, or the end of a line, for YAML; plain characters for JSON.
_ESCAPED_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def yaml_text(value: str) -> str:
    """The text as a JSON string, which YAML reads alike once a few characters are escaped."""
    quoted = json.dumps(value, ensure_ascii=False)
    return _ESCAPED_IN_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
