"""``problems.jsonl``: one problem a line, for those who want no Parquet, and for importing again.

A line holds all that the revision's hash covers, so the content rebuilt from it has that hash.
"""

import json
from dataclasses import asdict
from typing import Any

from curation.domain.bundle.errors import ChangedRevisionError
from curation.domain.bundle.held_out import PublicItem
from curation.domain.bundle.images import image_file
from curation.domain.bundle.items import BundleItem, PicturedPanel, pictured_panels
from curation.domain.content import (
    Annotations,
    ImageContent,
    PanelContent,
    PanelRole,
    ProblemContent,
)

JSONL_PATH = "problems.jsonl"

# Legal inside JSON, but many readers take them for the end of a line.
_LINE_BREAKS = {ord(char): f"\\u{ord(char):04x}" for char in "\u0085\u2028\u2029"}


def problem_line(item: PublicItem, canary: str) -> str:
    """One problem as JSON with keys in a fixed order, on one line, with its line feed.

    Of a held-out problem the query's answer is null.
    """
    *examples, query = (_panel_document(panel) for panel in pictured_panels(item.content))
    document = {
        "problem_id": item.content.problem_id,
        **item.marks,
        "annotations": asdict(item.content.annotations),
        "examples": examples,
        "query": query,
        "canary": canary,
    }
    return json.dumps(document, ensure_ascii=False).translate(_LINE_BREAKS) + "\n"


def item_from_line(line: str) -> BundleItem:
    """Read a line of ``problems.jsonl`` back, that of a held-out problem as far as it is public.

    Raises ChangedRevisionError where the text no longer has its hash, and ValueError, KeyError or
    TypeError for a line that is none.
    """
    document = json.loads(line)
    content = ProblemContent(
        problem_id=document["problem_id"],
        annotations=Annotations(**document["annotations"]),
        panels=(
            *(_panel(panel, PanelRole.EXAMPLE) for panel in document["examples"]),
            _panel(document["query"], PanelRole.QUERY),
        ),
    )
    is_held_out = document.get("is_held_out", False)
    sha256 = document["public_sha256" if is_held_out else "revision_sha256"]
    if content.sha256() != sha256:
        raise ChangedRevisionError(content.problem_id, sha256)
    return BundleItem(
        content=content,
        revision_sha256=sha256,
        is_held_out=is_held_out,
        commitment=document["commitment"] if is_held_out else "",
    )


def _panel_document(pictured: PicturedPanel) -> dict[str, Any]:
    panel, image = pictured
    return {
        "question": panel.question,
        "answer": panel.answer or None,
        "accepted_variants": list(panel.accepted_variants),
        "image": {"file": image_file(image), **asdict(image)},
    }


def _panel(document: dict[str, Any], role: PanelRole) -> PanelContent:
    image = {key: value for key, value in document["image"].items() if key != "file"}
    return PanelContent(
        role=role,
        question=document["question"],
        answer=document["answer"] or "",
        accepted_variants=tuple(document["accepted_variants"]),
        image=ImageContent(**image),
    )
