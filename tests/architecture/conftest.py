"""The tree as the tests of this folder read it: every file that the repository holds, and every module of the program, parsed."""

import ast
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "carnet"


@dataclass(frozen=True)
class Module:
    """One file of the program. name: its path below `src/carnet`, with slashes."""

    name: str
    text: str
    tree: ast.Module
    parents: Mapping[ast.AST, ast.AST] = field(repr=False)

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Every call with the last word of what is called."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                match node.func:
                    case ast.Name(id=called) | ast.Attribute(attr=called):
                        yield called, node

    def is_docstring(self, node: ast.Constant) -> bool:
        return isinstance(self.parents.get(node), ast.Expr)


def _parsed(path: Path) -> Module:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    return Module(path.relative_to(PACKAGE).as_posix(), text, tree, parents)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """Every module of the program."""
    found = [_parsed(path) for path in sorted(PACKAGE.rglob("*.py"))]
    assert len(found) > 100
    return found


@pytest.fixture(scope="session")
def files() -> list[Path]:
    """Every file that the repository holds or is about to: what git ignores is not ours to judge."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
        return [path for name in names if name and (path := ROOT / name).is_file()]
    folders = ("src", "tests", "docs", "requirements", ".ci", "benchmarks")
    inside = (path for folder in folders for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts)
    return sorted(path for path in (*inside, *ROOT.glob("*")) if path.is_file())


@pytest.fixture(scope="session")
def pages(files: list[Path]) -> dict[str, str]:
    """Every page of documentation, by its path from the root."""
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in files if path.suffix == ".md"}
