"""Every file that came from elsewhere has its licence and its SHA-256 beside it; every library can be shipped with Apache-2.0."""

import hashlib
import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest

# Kinds of files that are not written here by hand; any other is text of ours, under the LICENSE at the root.
VENDORED_SUFFIXES = {
    ".ttf",
    ".otf",
    ".woff",
    ".woff2",
    ".js",
    ".icc",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".svg",
    ".ico",
    ".pdf",
    ".xsl",
    ".xsd",
    ".sch",
    ".jar",
    ".wasm",
}
PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL-2\.0|Mozilla Public License 2\.0|PostgreSQL|LGPL|Unlicense",
    re.IGNORECASE,
)


def _vendored(files: list[Path], root: Path) -> list[Path]:
    return [path for path in files if path.suffix in VENDORED_SUFFIXES and root / "tests" not in path.parents]


def test_each_has_its_digest_in_the_page_beside_it(files: list[Path], root: Path) -> None:
    vendored = _vendored(files, root)
    assert vendored
    for path in vendored:
        page = path.with_name("README.md")
        assert page.is_file(), f"{path.relative_to(root)}: say where it comes from in a README.md beside it"
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        described = [
            block for block in page.read_text("utf-8").split("\n\n") if f"`{path.name}`" in block and digest in block
        ]
        assert described, f"{path.relative_to(root)}: its SHA-256 is not beside its name in {page.name}"


def test_each_says_its_licence(files: list[Path], root: Path) -> None:
    for folder in {path.parent for path in _vendored(files, root)}:
        assert re.search(r"licence|license", (folder / "README.md").read_text("utf-8"), re.IGNORECASE), folder


def test_every_digest_that_a_page_tells_is_right(files: list[Path], root: Path) -> None:
    """Style sheets are ours; their page tells their digests all the same, and must keep telling the right ones."""
    told = [
        (page.with_name(name), digest)
        for page in files
        if page.name == "README.md"
        for name, digest in re.findall(
            r"^\|[^|\n]*`([\w.\-]+)` *\|[^|\n]*`([0-9a-f]{64})`", page.read_text("utf-8"), re.MULTILINE
        )
    ]
    assert {path.name for path, digest in told if hashlib.sha256(path.read_bytes()).hexdigest() != digest} == set()


def test_the_licence_is_the_one_that_the_package_announces(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == "Apache-2.0"
    text = (root / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "Apache-2.0" in (root / "README.md").read_text("utf-8")


def _dependencies() -> list[str]:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    return [re.split(r"[\[<>=!~; ]", requirement)[0] for requirement in project["dependencies"]]


@pytest.mark.parametrize("name", _dependencies())
def test_a_library_can_be_shipped_with_ours(name: str) -> None:
    """Weak copyleft (LGPL, MPL) binds changes to the library itself, not to carnet; strong copyleft would."""
    told = distribution(name).metadata
    words = [
        told.get("License-Expression") or "",
        (told.get("License") or "")[:200],
        *(told.get_all("Classifier") or []),
    ]
    licences = " ".join(word for word in words if "icen" in word or not word.count("::"))
    assert PERMISSIVE.search(licences), licences
    assert not re.search(r"(?<![L])GPL|AGPL|Affero", licences), licences
