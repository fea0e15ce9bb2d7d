"""What matplotlib writes as SVG, made fit for pages: told in words, without inline styles.

Colors stand in attributes, which every program reads, and a style sheet of the figure's own turns
them where its reader prefers dark. Nothing in it needs a script or a font from elsewhere.
"""

import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType
from xml.etree import ElementTree as ET

from evaluation.domain.figures.drawing import Ink

LIGHT: Mapping[Ink, str] = MappingProxyType(
    {
        Ink.TEXT: "#26292b",
        Ink.QUIET: "#54585b",
        Ink.LINE: "#c9cbcd",
        Ink.ACCENT: "#0b5a68",
        Ink.GROUND: "#ffffff",
    }
)
DARK: Mapping[Ink, str] = MappingProxyType(
    {
        Ink.TEXT: "#d2d4d5",
        Ink.QUIET: "#a3a7aa",
        Ink.LINE: "#46494b",
        Ink.ACCENT: "#74c3cd",
        Ink.GROUND: "#232425",
    }
)
"""The colors of the pages, so that a figure looks as if it were one of their parts."""

FONTS = "'Segoe UI', Roboto, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"

_SVG = "http://www.w3.org/2000/svg"
_NOTHING_TURNED = re.compile(r"^rotate\(-?0 [^)]*\)$")
# The fonts are the root's; the dash's offset is always nothing.
_LEFT_OUT = {"font-family", "stroke-dashoffset"}


def accessible(svg: bytes, title: str, description: str) -> bytes:
    """The figure with its title and description, and without what a strict page would refuse."""
    ET.register_namespace("", _SVG)
    root = ET.fromstring(svg)  # noqa: S314 - what matplotlib wrote a moment ago
    for element in root.iter():
        _plain(element)
    for child in [*root]:
        if child.tag in {f"{{{_SVG}}}metadata", f"{{{_SVG}}}defs"}:
            root.remove(child)
    _tell(root, title, description)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _plain(element: ET.Element) -> None:
    """The element's style as attributes, which no content security policy is about."""
    element.attrib.pop("id", None)
    style = element.attrib.pop("style", "")
    for name, _, value in (part.partition(":") for part in style.split(";") if part.strip()):
        if name.strip() not in _LEFT_OUT:
            element.set(name.strip(), value.strip())
    if _NOTHING_TURNED.match(element.get("transform", "")):
        del element.attrib["transform"]
    if "d" in element.attrib:
        element.set("d", " ".join(element.attrib["d"].split()))


def _tell(root: ET.Element, title: str, description: str) -> None:
    # Two figures may stand in one page, where ids must differ.
    name = hashlib.sha256(f"{title}\0{description}".encode()).hexdigest()[:8]
    root.set("role", "img")
    root.set("aria-labelledby", f"title-{name} description-{name}")
    root.set("font-family", FONTS)
    root.set("stroke-linejoin", "round")
    parts: tuple[tuple[str, dict[str, str], str], ...] = (
        ("title", {"id": f"title-{name}"}, title),
        ("desc", {"id": f"description-{name}"}, description),
        ("style", {}, _style()),
    )
    for place, (tag, attributes, text) in enumerate(parts):
        element = ET.Element(f"{{{_SVG}}}{tag}", attributes)
        element.text = text
        root.insert(place, element)


def _style() -> str:
    """Dark for the screen alone: paper is white."""
    turned = " ".join(
        f"[fill='{LIGHT[ink]}'] {{ fill: {DARK[ink]} }} "
        f"[stroke='{LIGHT[ink]}'] {{ stroke: {DARK[ink]} }}"
        for ink in Ink
    )
    ground = f":root {{ background: {DARK[Ink.GROUND]} }}"
    return (
        "text { font-variant-numeric: tabular-nums } "
        f"@media screen and (prefers-color-scheme: dark) {{ {ground} {turned} }}"
    )
