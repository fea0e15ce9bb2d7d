"""How a release is cited: ``CITATION.cff`` (Citation File Format 1.2.0) and an entry for BibTeX."""

import re
from collections.abc import Iterator

from curation.domain.bundle.canary import canary
from curation.domain.bundle.items import BundleDescription
from curation.domain.bundle.person_names import name_parts, untitled
from curation.domain.bundle.spdx import spdx_license
from curation.domain.bundle.yaml_text import yaml_text

CITATION_PATH = "CITATION.cff"

_TEX_SPECIAL = str.maketrans(
    {
        **{char: f"\\{char}" for char in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


def citation_file(description: BundleDescription) -> str:
    """The whole file. Who has no family name of their own is named as a whole."""
    fields = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it as below.",
        "type": "dataset",
        "title": description.name,
        "version": description.version,
        "date-released": description.released_on.isoformat(),
        "license": spdx_license(description.license) or "",
        "url": description.page,
    }
    lines = [f"{name}: {yaml_text(value)}" for name, value in fields.items() if value]
    lines += ["authors:", *_author_lines(description)]
    return "\n".join([f"# {canary(description)}", *lines]) + "\n"


def _author_lines(description: BundleDescription) -> Iterator[str]:
    if not description.authors:
        yield f"  - name: {yaml_text(f'The authors of {description.name}')}"
    for name in map(untitled, description.authors):
        given, family = name_parts(name)
        if given:
            yield f"  - given-names: {yaml_text(given)}"
            yield f"    family-names: {yaml_text(family)}"
        else:
            yield f"  - name: {yaml_text(name)}"


def bibtex(description: BundleDescription) -> str:
    """One entry."""
    key = re.sub(r"[^a-z0-9]+", "-", f"{description.name} {description.version}".lower())
    fields = {
        "author": " and ".join(_tex(untitled(name)) for name in description.authors),
        "title": f"{{{_tex(description.name)}}}",
        "version": _tex(description.version),
        "year": str(description.released_on.year),
        "url": description.page,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{key.strip('-')},", *lines, "}"])


def _tex(text: str) -> str:
    return " ".join(text.split()).translate(_TEX_SPECIAL)
