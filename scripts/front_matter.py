"""The title page and the contents of the printed book, as HTML."""

from html import escape
from typing import Any

from scripts.bind_book import Printed

STYLE = """
@page { @bottom-center { content: none } }
.title-page { padding-top: 30vh; break-after: page; text-align: center; }
.title-page h1 { font-size: 3em; margin: 0; }
.title-page p { max-width: 34em; margin: 1.5em auto; }
.title-page .subtitle { font-size: 1.5em; margin-top: 0.5em; }
.contents p { margin: 0.1em 0; break-inside: avoid; }
.contents .part { margin-top: 1.2em; font-style: italic; break-after: avoid; }
.contents .level-1 { margin-top: 0.5em; font-weight: 700; break-after: avoid; }
.contents .level-2 { padding-inline-start: 1.5em; }
.contents a { display: flex; gap: 0.5em; align-items: baseline; color: inherit; text-decoration: none; }
.contents .dots { flex: 1; min-width: 1em; border-bottom: 1pt dotted #999; }
"""


def front_matter(config: dict[str, Any], citation: dict[str, Any], parts: list[str], chapters: list[Printed]) -> str:
    """The front matter of a book of these chapters, numbered from 1, with links to them; for the root of the site.

    `config` and `citation` are _config.yml and CITATION.cff; `parts` gives for each chapter the name of the part that
    begins with it, or "".
    """
    sheets = "".join(f'<link rel="stylesheet" href="_static/{name}.css">' for name in ("book", "print"))
    return (
        '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">'
        f"<title>{escape(config['title'])}</title>{sheets}<style>{STYLE}</style>"
        f"<body>{_title_page(config, citation)}{_contents(parts, chapters)}</body></html>"
    )


def _title_page(config: dict[str, Any], citation: dict[str, Any]) -> str:
    title, _, subtitle = config["title"].partition(": ")
    paper = citation["references"][0]
    *names, last = [f"{one['given-names']} {one['family-names']}" for one in paper["authors"]]
    place = f"{paper['journal']} {paper['volume']}({paper['issue']}):{paper['start']}–{paper['end']}, {paper['year']}"
    lines = [
        escape(config["author"]),
        f"An account of {escape(', '.join(names))} and {escape(last)}, <em>{escape(paper['title'])}</em>, "
        f'{escape(place)}, <a href="{escape(paper["url"])}">{escape(paper["url"])}</a>. '
        "It is independent of the paper’s authors.",
        f"Version {citation['version']}, {citation['date-released']}. {escape(config['html']['extra_footer'])}",
        "Printed from the interactive book: where a figure moves there, this one shows the state in which it opens.",
    ]
    text = "".join(f"<p>{line}</p>" for line in lines)
    return f'<div class="title-page"><h1>{escape(title)}</h1><p class="subtitle">{escape(subtitle)}</p>{text}</div>'


def _contents(parts: list[str], chapters: list[Printed]) -> str:
    lines = []
    number = 1
    for part, chapter in zip(parts, chapters, strict=True):
        if part:
            lines.append(f'<p class="part">{escape(part)}</p>')
        for heading in chapter.headings:
            page = number + chapter.page_of(heading.place)
            lines.append(
                f'<p class="level-{heading.level}"><a href="{chapter.name}.html#{escape(heading.place)}">'
                f'<span>{heading.markup}</span><span class="dots"></span><span>{page}</span></a></p>'
            )
        number += len(chapter.pages)
    return f'<div class="contents"><h1>Contents</h1>{"".join(lines)}</div>'
