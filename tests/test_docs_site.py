"""`./dev docs`: the documentation as a site (packaging/docs)."""
import subprocess

import pytest

from support.guests import REPOSITORY

CHECK = REPOSITORY / "packaging" / "check-docs"


def check(folder):
    return subprocess.run([CHECK, folder], capture_output=True, text=True)


@pytest.mark.parametrize("page, mistake", [
    ('<script src="https://example.com/x.js"></script>', "loads"), ('<script src="//example.com/x.js"></script>', "loads"), ('<link rel="stylesheet" href="http://example.com/x.css">', "loads"),
    ('<img src="https://example.com/x.png">', "loads"), ('<a href="nowhere.html">x</a>', "not there"), ('<img src="nowhere.png">', "not there"), ('<a href="#nothing">x</a>', "no such part"),
    ('<a href="other.html#nothing">x</a>', "no such part")])
def test_mistakes_are_found(tmp_path, page, mistake):
    (tmp_path / "other.html").write_text('<h1 id="part">x</h1>')
    (tmp_path / "index.html").write_text(page)
    done = check(tmp_path)
    assert done.returncode == 1 and mistake in done.stdout, done


def test_a_style_sheet_may_load_nothing_from_elsewhere(tmp_path):
    (tmp_path / "style.css").write_text("@font-face { src: url(https://fonts.example.com/x.woff2) }")
    assert check(tmp_path).returncode == 1


def test_a_site_without_mistakes_passes(tmp_path):
    (tmp_path / "other.html").write_text('<h1 id="part">x</h1>')
    (tmp_path / "index.html").write_text('<a href="other.html#part">x</a> <a href="https://example.com/">y</a> <a href="mailto:a@example.com">z</a>')
    done = check(tmp_path)
    assert done.returncode == 0, done


def test_the_site_is_built():
    done = subprocess.run([REPOSITORY / "packaging" / "docs"], capture_output=True, text=True)
    if "No matching distribution" in done.stderr or "Connection" in done.stderr:
        pytest.skip("PyPI cannot be reached")
    assert done.returncode == 0, done
    site = REPOSITORY / "build" / "docs-site"
    assert "The documentation of Faasta" in (site / "index.html").read_text()
    assert len(list(site.rglob("*.html"))) > 60
