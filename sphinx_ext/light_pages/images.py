"""Pictures that are small, fetched when the reader comes near them, and keep their place until then."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from PIL import Image, UnidentifiedImageError

FOLDER = "_images"
# Enough for the edges of lines and letters; the pictures of samlib.plots have fewer already.
COLOURS = 256


def placed_images(body: str, sources: Mapping[str, Path]) -> str:
    """Return `body` with every sized picture marked as lazy, and with its width and height.

    `sources` gives the file behind each name in the folder of pictures. Sphinx writes no size, so that the text below a
    picture would jump when it arrives. Browsers fetch lazy pictures before they print. A PNG is named as the WebP file
    that `write_smaller` makes of it.
    """

    def place(image: re.Match[str]) -> str:
        source = re.search(r'\ssrc="([^"]+)"', image[0])
        file = sources.get(posixpath.basename(unquote(source[1]))) if source else None
        if source is None or file is None:
            return image[0]
        tag = image[1].replace(source[1], smaller_name(source[1]))
        if re.search(r"\s(width|height|loading|style)=", image[0]):
            return f"<img{tag}"
        try:
            with Image.open(file) as picture:
                width, height = picture.size
        except UnidentifiedImageError:  # a vector picture: its stylesheet says how large it is
            return image[0]
        return f'<img loading="lazy" width="{width}" height="{height}"{tag}'

    return re.sub(r"<img(\s[^>]*>)", place, body)


def smaller_name(name: str) -> str:
    """Return what the PNG `name` is called after `write_smaller`; other names stay."""
    return f"{name.removesuffix('.png')}.webp" if name.endswith(".png") else name


def write_smaller(folder: Path) -> None:
    """Replace every PNG in `folder` by a lossless WebP of at most 256 colours, a third smaller and more.

    Pictures that pyplot has drawn have all colours of the screen and shrink to a third. Notebooks keep their PNG.
    """
    for file in sorted(folder.glob("*.png")):
        with Image.open(file) as picture:
            drawn = picture.convert("RGBA")
            opaque = drawn.getchannel("A").getextrema()[0] == 255
            drawn = drawn.convert("RGB") if opaque else drawn
            if picture.mode != "P":
                # Only the second method knows transparency; the first keeps thin lines truer.
                method = Image.Quantize.MEDIANCUT if opaque else Image.Quantize.FASTOCTREE
                drawn = drawn.quantize(COLOURS, method=method, dither=Image.Dither.NONE).convert(drawn.mode)
            drawn.save(file.with_name(smaller_name(file.name)), lossless=True, quality=100, method=4)
        file.unlink()
