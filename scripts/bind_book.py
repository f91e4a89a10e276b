"""Binds printed chapters into one PDF: pages in order, an outline, and links that lead to pages of the same file."""

import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.constants import PageLabelStyle
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    Fit,
    FloatObject,
    NameObject,
    NullObject,
    TextStringObject,
)


@dataclass(frozen=True)
class Heading:
    """A heading of a page: its level (1 or 2), its words, the same with formulas, and the name of its place."""

    level: int
    text: str
    markup: str
    place: str


@dataclass(frozen=True)
class Printed:
    """What Chromium printed of the page `name`."""

    name: str
    content: bytes
    headings: list[Heading]

    @cached_property
    def _reader(self) -> PdfReader:
        return PdfReader(io.BytesIO(self.content))

    @cached_property
    def pages(self) -> list[PageObject]:
        """The sheets."""
        return list(self._reader.pages)

    @cached_property
    def places(self) -> dict[str, tuple[int, float]]:
        """The sheet and the height of every place of this page, by its name."""
        found = {}
        for name, place in self._reader.named_destinations.items():
            number = self._reader.get_destination_page_number(place)
            if number is not None:
                found[unquote(str(name).removeprefix("/"))] = (number, float(place.top or 0))
        return found

    def page_of(self, place: str) -> int:
        """The sheet, from 0, on which `place` stands; the first where the print has no such place."""
        return self.places.get(place, (0, 0.0))[0]


class Binder:
    """One file made of many; `address` is where the site was served."""

    def __init__(self, front: Printed, chapters: list[Printed], address: str) -> None:
        self.writer = PdfWriter()
        self.address = address
        self.chapters = {each.name: each for each in chapters}
        self.first: dict[str, int] = {}
        for printed in (front, *chapters):
            self.first[printed.name] = len(self.writer.pages)
            for page in printed.pages:
                self.writer.add_page(page)
        for printed in (front, *chapters):
            for number in range(len(printed.pages)):
                self._lead_inside(self.writer.pages[self.first[printed.name] + number], printed.name)

    def _lead_inside(self, page: PageObject, name: str) -> None:
        """Let the links of a sheet of the page `name` lead to sheets; take away those to what is not in the file."""
        kept = ArrayObject()
        for reference in page.get("/Annots", ArrayObject()):
            link = reference.get_object()
            if "/Dest" in link:
                target = (name, unquote(str(link["/Dest"]).removeprefix("/")))
            else:
                address = str(link.get("/A", {}).get("/URI", ""))
                if not address.startswith(f"{self.address}/"):
                    kept.append(reference)
                    continue
                parts = urlsplit(address)
                target = (unquote(parts.path).removeprefix("/").removesuffix(".html"), unquote(parts.fragment))
            if target[0] in self.chapters:
                link.pop("/A", None)
                link[NameObject("/Dest")] = self.destination(*target)
                kept.append(reference)
        if kept:
            page[NameObject("/Annots")] = kept
        elif "/Annots" in page:
            del page["/Annots"]

    def place(self, name: str, place: str) -> tuple[int, float | None]:
        """The sheet of this file, and the height on it, of a place of the page `name`."""
        number, top = self.chapters[name].places.get(place, (0, None))
        return self.first[name] + number, top

    def destination(self, name: str, place: str) -> ArrayObject:
        """The same, as PDF writes it."""
        number, top = self.place(name, place)
        sheet = self.writer.pages[number].indirect_reference
        height = NullObject() if top is None else FloatObject(top)
        return ArrayObject([sheet, NameObject("/XYZ"), NullObject(), height, NullObject()])

    def outline(self, parts: list[str]) -> None:
        """Adds the outline: parts, chapters, sections. A chapter belongs to the part named last before it."""
        part = None
        for chapter, begins in zip(self.chapters.values(), parts, strict=True):
            if begins:
                part = self.writer.add_outline_item(title=begins, page_number=self.first[chapter.name], bold=True)
            above = part
            for heading in chapter.headings:
                number, top = self.place(chapter.name, heading.place)
                parent = part if heading.level == 1 else above
                item = self.writer.add_outline_item(
                    title=heading.text, page_number=number, parent=parent, fit=Fit.xyz(top=top), is_open=False
                )
                if heading.level == 1:
                    above = item


def bind(
    front: Printed, chapters: list[Printed], parts: list[str], out: Path, *, address: str, title: str, author: str
) -> int:
    """Writes one PDF of the front matter and the chapters into `out`, and returns how many sheets it has.

    `parts` gives for each chapter the name of the part that begins with it, or "". Links to pages that are not among
    the chapters are taken away, links to other hosts stay.
    """
    binder = Binder(front, chapters, address)
    binder.outline(parts)
    writer = binder.writer
    count = len(front.pages)
    writer.set_page_label(0, count - 1, style=PageLabelStyle.LOWERCASE_ROMAN)
    writer.set_page_label(count, len(writer.pages) - 1, style=PageLabelStyle.DECIMAL)
    writer.page_mode = "/UseOutlines"
    writer.add_metadata({"/Title": title, "/Author": author})
    root = writer.root_object
    root[NameObject("/Lang")] = TextStringObject("en")
    root[NameObject("/ViewerPreferences")] = DictionaryObject({NameObject("/DisplayDocTitle"): BooleanObject(True)})
    writer.compress_identical_objects()
    out.parent.mkdir(parents=True, exist_ok=True)
    writer.write(out)
    return len(writer.pages)
