"""The YAML block at the head of a dataset card, which the Hugging Face Hub reads."""

from collections.abc import Iterable, Mapping

import pyarrow as pa

from curation.domain.bundle.items import BundleDescription
from curation.domain.bundle.rows import IMAGE
from curation.domain.bundle.sets import FOLDERS, SET_COLUMNS, WrittenSet
from curation.domain.bundle.spdx import hub_license
from curation.domain.bundle.yaml_text import yaml_text

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


def card_metadata(
    description: BundleDescription, written: Iterable[WrittenSet], bytes_of: Mapping[str, int]
) -> str:
    """The block with its ``---`` lines. ``bytes_of``: path of a written file -> its size."""
    sets = list(written)
    lines = [
        "---",
        f"pretty_name: {yaml_text(description.name)}",
        *_license_lines(description),
        *_list_lines("language", description.languages),
        *_list_lines("task_categories", ("image-text-to-text", "visual-question-answering")),
        *_list_lines("tags", ("medical", "multimodal", "in-context-learning", "vqa", "benchmark")),
        *_list_lines("size_categories", (size_category(sets[0].rows),)),
        *_list_lines("annotations_creators", ("expert-generated",)),
        "configs:",
        *(line for number, each in enumerate(sets) for line in _config_lines(each, number)),
        "dataset_info:",
        *(line for each in sets for line in _info_lines(each, bytes_of)),
        "---",
    ]
    return "\n".join(lines)


def size_category(rows: int) -> str:
    """The Hub's word for a number of rows."""
    return next((word for limit, word in _SIZES if rows < limit), "10M<n<100M")


def _license_lines(description: BundleDescription) -> list[str]:
    name = hub_license(description.license)
    if name:
        return [f"license: {yaml_text(name)}"]
    lines = ['license: "other"', f"license_name: {yaml_text(description.license)}"]
    if description.homepage:
        lines.append(f"license_link: {yaml_text(description.homepage)}")
    return lines


def _list_lines(key: str, values: Iterable[str]) -> list[str]:
    return [f"{key}:", *(f"- {yaml_text(value)}" for value in values)]


def _config_lines(written: WrittenSet, number: int) -> list[str]:
    return [
        f"- config_name: {yaml_text(written.name)}",
        *(["  default: true"] if number == 0 else []),
        "  data_files:",
        '  - split: "test"',
        f"    path: {yaml_text(f'{FOLDERS[written.name]}/test-*')}",
    ]


def _info_lines(written: WrittenSet, bytes_of: Mapping[str, int]) -> list[str]:
    return [
        f"- config_name: {yaml_text(written.name)}",
        "  features:",
        *(
            f"  - name: {yaml_text(name)}\n    dtype: {_dtype(kind)}"
            for name, kind in SET_COLUMNS[written.name].items()
        ),
        "  splits:",
        '  - name: "test"',
        f"    num_bytes: {written.num_bytes}",
        f"    num_examples: {written.rows}",
        f"  download_size: {sum(bytes_of[path] for path in written.paths)}",
        f"  dataset_size: {written.num_bytes}",
    ]


def _dtype(kind: pa.DataType) -> str:
    return "image" if kind == IMAGE else str(kind)
