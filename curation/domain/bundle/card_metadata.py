"""The YAML block at the head of a dataset card, which the Hugging Face Hub reads.

Texts are written as JSON strings, which YAML reads alike once the few characters that it treats
otherwise are escaped; no YAML library is needed.
"""

import json
import re

from curation.domain.bundle.items import BundleDescription

_HUB_LICENSES = frozenset(
    {
        "apache-2.0",
        "bsd-3-clause",
        "cc-by-2.0",
        "cc-by-2.5",
        "cc-by-3.0",
        "cc-by-4.0",
        "cc-by-nc-2.0",
        "cc-by-nc-3.0",
        "cc-by-nc-4.0",
        "cc-by-nc-nd-3.0",
        "cc-by-nc-nd-4.0",
        "cc-by-nc-sa-2.0",
        "cc-by-nc-sa-3.0",
        "cc-by-nc-sa-4.0",
        "cc-by-nd-4.0",
        "cc-by-sa-3.0",
        "cc-by-sa-4.0",
        "cc0-1.0",
        "mit",
        "odbl",
        "odc-by",
        "pddl",
    }
)
_HUB_NAMES = {"odbl-1.0": "odbl", "odc-by-1.0": "odc-by", "pddl-1.0": "pddl"}

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)

# Not printable, or the end of a line, for YAML; plain characters for JSON.
_ESCAPED_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def card_metadata(description: BundleDescription, rows: int) -> str:
    """The block with its ``---`` lines. ``rows`` is the number of panels."""
    lines = [
        "---",
        f"pretty_name: {_text(description.name)}",
        *_license_lines(description),
        *_list_lines("language", description.languages),
        *_list_lines("task_categories", ("image-text-to-text", "visual-question-answering")),
        *_list_lines("tags", ("medical", "multimodal", "in-context-learning", "vqa", "benchmark")),
        *_list_lines("size_categories", (size_category(rows),)),
        *_list_lines("annotations_creators", ("expert-generated",)),
        "configs:",
        '- config_name: "default"',
        "  data_files:",
        '  - split: "test"',
        '    path: "data/test-*"',
        "---",
    ]
    return "\n".join(lines)


def size_category(rows: int) -> str:
    """The Hub's word for a number of rows."""
    return next((word for limit, word in _SIZES if rows < limit), "10M<n<100M")


def _license_lines(description: BundleDescription) -> list[str]:
    spdx = description.license.lower()
    hub_name = _HUB_NAMES.get(spdx, spdx)
    if hub_name in _HUB_LICENSES:
        return [f"license: {_text(hub_name)}"]
    lines = ['license: "other"', f"license_name: {_text(description.license)}"]
    if description.homepage:
        lines.append(f"license_link: {_text(description.homepage)}")
    return lines


def _list_lines(key: str, values: tuple[str, ...]) -> list[str]:
    return [f"{key}:", *(f"- {_text(value)}" for value in values)]


def _text(value: str) -> str:
    quoted = json.dumps(value, ensure_ascii=False)
    return _ESCAPED_IN_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
