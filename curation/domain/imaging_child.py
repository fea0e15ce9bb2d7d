"""Decodes one uploaded picture in a process of its own, which has little to lose.

A program, not a module to import, with the upload on standard input:

    python -I imaging_child.py FORMAT MAX_PIXELS MAX_BYTES GRAY_SIDE [EDITS]

EDITS are rectangles, `left,top,width,height;...` in pixels: the first is kept, the others are
painted black before. On standard output it leaves frames, each an 8-byte big-endian length and
that many bytes: either `refused` and a sentence, or `picture`, media type, size (two 4-byte
numbers), encoded picture, thumbnail, gray pixels. It imports nothing of this project, so that it
starts at once. Whatever Pillow raises ends it, and the parent says that the file is damaged or too
large.
"""

import io
import resource
import struct
import sys
from collections.abc import Iterator

from PIL import ExifTags, Image, ImageCms, TiffImagePlugin
from PIL import WebPImagePlugin as _WebPImagePlugin  # noqa: F401 - registers itself

MEMORY_BYTES = 1_100_000_000  # WebP of 40 megapixels takes 0.95 GB; of 60, PNG 0.8 and JPEG 0.5
CPU_SECONDS = 20
OPEN_FILES = 32  # numpy's own files are opened one after the other
THUMBNAIL_SIDE = 320
STRIP_ROWS = 256  # deep pictures are read in strips: a float copy of the whole would be 480 MB

_LIMITS = [
    (resource.RLIMIT_NOFILE, OPEN_FILES),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_CORE, 0),
]
if sys.platform != "darwin":  # macOS refuses to limit memory; it runs demos, not servers
    _LIMITS.append((resource.RLIMIT_AS, MEMORY_BYTES))
_DEEP_MODES = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})
_COLOR_MODES = frozenset({"L", "RGB", "CMYK", "LAB"})  # what a color profile can describe
_GRAY_MODES = frozenset({"1", "L", "LA", "La"})
_WHITE_IS_ZERO = 0
_LOSSY_WEBP = b"VP8 "  # the chunk a photograph lies in; what is lossless lies in VP8L
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class RefusedError(Exception):
    """The picture is not taken; the message is for the person who uploaded it."""


def limit_resources(cpu_seconds: int = CPU_SECONDS) -> None:
    """Takes from this process what decoding a picture does not need, before anything is opened."""
    for what, most in (*_LIMITS, (resource.RLIMIT_CPU, cpu_seconds)):
        _, allowed = resource.getrlimit(what)  # who runs us may have allowed less
        limit = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(what, (limit, limit))


def decode(upload: bytes, name: str, max_pixels: int) -> Image.Image:
    """The picture as its format holds it; its size is checked before its pixels are read."""
    Image.MAX_IMAGE_PIXELS = None  # checked below, with a better sentence
    picture = Image.open(io.BytesIO(upload), formats=(name,))
    if picture.width * picture.height > max_pixels:
        raise RefusedError(
            f"This picture has {picture.width} x {picture.height} pixels; at most "
            f"{max_pixels // 1_000_000} megapixels can be taken. "
            "Please crop it or make it smaller, and upload that."
        )
    if name in {"PNG", "WEBP"} and getattr(picture, "is_animated", False):
        raise RefusedError(
            "This is an animation. Please export the one frame that matters as PNG or JPEG "
            "and upload that."
        )
    picture.load()
    return picture


def _orientation(picture: Image.Image) -> int:
    # Asked after loading: Pillow turns a TIFF itself and then forgets that it had to.
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except (SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
        return 1  # unreadable metadata spoils no picture


def rendered(picture: Image.Image) -> Image.Image:
    """The picture as a person should see it: upright, opaque, 8 bits of gray or sRGB."""
    turn = _UPRIGHT.get(_orientation(picture))
    profile = picture.info.get("icc_profile")
    if picture.mode in _DEEP_MODES:
        picture = windowed(picture)
    picture = _in_srgb(_opaque(picture), profile)
    return picture if turn is None else picture.transpose(turn)


def windowed(deep: Image.Image) -> Image.Image:
    """A 16-bit, 32-bit or float gray picture in 8 bits: its finite min..max becomes 0..255.

    Not a number becomes black, infinities the ends. A transparent gray (PNG) sets no window and
    becomes white. A TIFF in which white is zero is inverted, which Pillow leaves to us.
    """
    import numpy as np  # noqa: PLC0415 - 80 ms that only deep pictures need

    hidden = deep.info.get("transparency", np.nan)
    low, high = np.inf, -np.inf
    for _, strip in _strips(deep):
        values = np.asarray(strip, dtype=np.float64)
        values = values[np.isfinite(values) & (values != hidden)]
        if values.size:
            low, high = min(low, values.min()), max(high, values.max())
    scale = 255 / (high - low) if high > low else 0.0
    canvas = Image.new("L", deep.size)
    for top, strip in _strips(deep):
        values = np.asarray(strip, dtype=np.float64)
        levels = (values.clip(low, high) - low) * scale
        if _is_white_zero(deep):
            levels = 255 - levels
        levels[values == hidden] = 255
        canvas.paste(Image.fromarray(np.rint(np.nan_to_num(levels)).astype(np.uint8)), (0, top))
    return canvas


def _strips(picture: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    for top in range(0, picture.height, STRIP_ROWS):
        bottom = min(top + STRIP_ROWS, picture.height)
        yield top, picture.crop((0, top, picture.width, bottom))


def _is_white_zero(picture: Image.Image) -> bool:
    return (
        isinstance(picture, TiffImagePlugin.TiffImageFile)
        and picture.tag_v2.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == _WHITE_IS_ZERO
    )


def _opaque(picture: Image.Image) -> Image.Image:
    # White, because what has transparent parts is drawn for paper: illustrations, traces, text.
    # On black their dark lines would vanish, and a model gets no transparency at all.
    if not picture.has_transparency_data:
        return picture
    is_gray = picture.mode in _GRAY_MODES
    sheer = picture.convert("LA" if is_gray else "RGBA")
    canvas = Image.new("L" if is_gray else "RGB", picture.size, "white")
    canvas.paste(sheer, mask=sheer.getchannel("A"))
    return canvas


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if picture.mode not in _COLOR_MODES:
        picture = picture.convert("L" if picture.mode in _GRAY_MODES else "RGB")
    transform = _transform(picture.mode, profile)
    if transform is None:
        return picture if picture.mode in {"L", "RGB"} else picture.convert("RGB")
    colored = transform.apply(picture)
    return colored.getchannel("G") if picture.mode == "L" else colored


def _transform(mode: str, profile: bytes | None) -> ImageCms.ImageCmsTransform | None:
    """From the embedded profile to sRGB; None without one, or when it is not of this picture."""
    if profile is None and mode != "LAB":
        return None
    try:
        source = ImageCms.ImageCmsProfile(
            ImageCms.createProfile("LAB") if profile is None else io.BytesIO(profile)
        )
        target = ImageCms.createProfile("sRGB")
        return ImageCms.buildTransform(source, target, mode, "RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None


def rebuilt(picture: Image.Image) -> Image.Image:
    """A new picture that was given nothing but the pixels, so that no metadata can follow."""
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    return clean


def retouched(picture: Image.Image, edits: str) -> Image.Image:
    """The part of the picture that the first rectangle names, black in all the others."""
    boxes = []
    for rectangle in edits.split(";"):
        left, top, width, height = map(int, rectangle.split(","))
        boxes.append((left, top, left + width, top + height))
    for box in boxes[1:]:
        picture.paste("black", box)
    return picture.crop(boxes[0])


def encoded(picture: Image.Image, media_type: str) -> bytes:
    """JPEG at a quality whose loss nobody sees (92, full color resolution), or lossless PNG."""
    buffer = io.BytesIO()
    if media_type == "image/jpeg":
        picture.save(buffer, "JPEG", quality=92, subsampling=0)
    else:
        picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def thumbnail(picture: Image.Image) -> Image.Image:
    """The picture with its longest side at THUMBNAIL_SIDE, never larger than it is."""
    longest = max(picture.size)
    if longest <= THUMBNAIL_SIDE:
        return picture
    width, height = (max(1, round(side * THUMBNAIL_SIDE / longest)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)


def gray_pixels(small: Image.Image, side: int) -> bytes:
    """side * side gray values of a thumbnail, row by row, for its fingerprint."""
    return small.convert("L").resize((side, side), Image.Resampling.BOX).tobytes()


def described(picture: Image.Image, media_type: str, gray_side: int) -> list[bytes]:
    """The frames of a picture: see the top of this file."""
    small = thumbnail(picture)
    preview = io.BytesIO()
    small.save(preview, "JPEG", quality=80)
    return [
        b"picture",
        media_type.encode(),
        struct.pack(">II", *picture.size),
        encoded(picture, media_type),
        preview.getvalue(),
        gray_pixels(small, gray_side),
    ]


def frames(
    upload: bytes, name: str, max_pixels: int, gray_side: int, edits: str = ""
) -> list[bytes]:
    """What to answer for this upload."""
    try:
        picture = rebuilt(rendered(decode(upload, name, max_pixels)))
    except RefusedError as refusal:
        return [b"refused", str(refusal).encode()]
    if edits:
        picture = retouched(picture, edits)
    is_lossy = name == "JPEG" or (name == "WEBP" and _LOSSY_WEBP in upload)
    return described(picture, "image/jpeg" if is_lossy else "image/png", gray_side)


def main() -> None:
    """Reads the upload, writes the answer."""
    limit_resources()
    name, edits = sys.argv[1], "".join(sys.argv[5:])
    max_pixels, max_bytes, gray_side = map(int, sys.argv[2:5])
    upload = sys.stdin.buffer.read(max_bytes)
    for frame in frames(upload, name, max_pixels, gray_side, edits):
        sys.stdout.buffer.write(struct.pack(">Q", len(frame)))
        sys.stdout.buffer.write(frame)


if __name__ == "__main__":
    main()
