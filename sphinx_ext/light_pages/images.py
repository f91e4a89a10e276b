"""Pictures that are fetched when the reader comes near them, and keep their place until then."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from PIL import Image, UnidentifiedImageError


def placed_images(body: str, sources: Mapping[str, Path]) -> str:
    """Return `body` with every sized picture marked as lazy, and with its width and height.

    `sources` gives the file behind each name in the folder of pictures. Sphinx writes no size, so that the text below a
    picture would jump when it arrives. Browsers fetch lazy pictures before they print.
    """

    def place(image: re.Match[str]) -> str:
        source = re.search(r'\ssrc="([^"]+)"', image[0])
        file = sources.get(posixpath.basename(unquote(source[1]))) if source else None
        if file is None or re.search(r"\s(width|height|loading|style)=", image[0]):
            return image[0]
        try:
            with Image.open(file) as picture:
                width, height = picture.size
        except UnidentifiedImageError:  # a vector picture: its stylesheet says how large it is
            return image[0]
        return f'<img loading="lazy" width="{width}" height="{height}"{image[1]}'

    return re.sub(r"<img(\s[^>]*>)", place, body)
