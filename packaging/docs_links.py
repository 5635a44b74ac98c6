"""For mkdocs (packaging/mkdocs.yml): a link to a file of the repository outside of docs/ becomes its text, because the
site does not have that file."""
import pathlib
import re

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"


def on_page_markdown(markdown, page, **_):
    folder = (DOCS / page.file.src_uri).parent

    def kept(link):
        target = link[2].partition("#")[0]
        inside = not target or "://" in target or target.startswith("mailto:") or (target.endswith(".md") or "/images/" in f"/{target}") and (folder / target).resolve().is_relative_to(DOCS)
        return link[0] if inside else link[1]
    return re.sub(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])+)\]\(([^)\s]+)\)", kept, markdown)
