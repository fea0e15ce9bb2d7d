"""How much one import may bring, in numbers and in words."""

from curation.domain.imaging import MAX_UPLOAD_BYTES

MB = 1024**2

MAX_PROBLEMS = 2_000
MAX_PANELS = 20_000
MAX_IMAGES = 20_000
MAX_PANELS_OF_A_PROBLEM = 50
MAX_BYTES = 2 * 1024 * MB  # of all files together, unpacked
MAX_TABLE_BYTES = 50 * MB  # of a spreadsheet or a text file
MAX_IMAGE_BYTES = MAX_UPLOAD_BYTES
MAX_TEXT = 4_000  # characters of a question or an answer, as in the editor
MAX_FACT = 300  # characters of a source, an attribution or a description
MAX_LINE = 1 * MB  # bytes of one line of problems.jsonl

IN_WORDS = (
    f"at most {MAX_PROBLEMS:,} problems with {MAX_PANELS:,} panels and {MAX_IMAGES:,} images, "
    f"{MAX_BYTES // MB // 1024} GB unpacked; an image up to {MAX_IMAGE_BYTES // MB} MB"
)
