"""Documentation is tested: what pages name exists, what exists is on its page, and the tour of the README can be walked."""

import argparse
import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import date
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest
from starlette.routing import Route

from carnet.app import Carnet, doors, pages
from carnet.cli import COMMANDS, main
from carnet.settings import Settings
from carnet.web.fhir.server import RELEASED

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
COMING = "*(coming)*"


def _anchors(text: str) -> set[str]:
    """Anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-") for heading in headings}


def test_every_link_leads_somewhere(pages: dict[str, str]) -> None:
    broken = []
    for name, text in pages.items():
        for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", text)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            page = (ROOT / name).parent / path if path else ROOT / name
            if not page.exists():
                broken.append(f"{name}: {target}")
            elif anchor and anchor not in _anchors(page.read_text("utf-8")):
                broken.append(f"{name}: {target}: no such heading")
    assert broken == []


PATH = re.compile(
    r"`((?:src|tests|docs|domain|storage|formats|channels|portals|web|jobs|operating|document_types|vocabulary|benchmarks)/[\w./\-]*)`"
)


def _exists(path: str) -> bool:
    return any((folder / path).exists() for folder in (ROOT, ROOT / "src" / "carnet"))


def test_every_path_that_a_page_names_exists(pages: dict[str, str]) -> None:
    assert {
        f"{name}: {path}"
        for name, text in pages.items()
        for path in PATH.findall(text)
        if "NNNN" not in path and not _exists(path)
    } == set()


def test_every_page_that_the_source_names_exists(modules) -> None:
    named = {(module.name, page) for module in modules for page in re.findall(r"docs/[\w\-/]+\.md", module.text)}
    assert named
    assert {pair for pair in named if not (ROOT / pair[1]).exists()} == set()


def test_every_page_can_be_reached_from_the_readme(pages: dict[str, str]) -> None:
    reached, waiting = set(), ["README.md"]
    while waiting:
        name = waiting.pop()
        if name in reached or name not in pages:
            continue
        reached.add(name)
        for target in re.findall(r"\]\(([^)\s#]+)", pages[name]):
            found = ((ROOT / name).parent / target).resolve()
            if found.is_relative_to(ROOT):
                waiting.append(found.relative_to(ROOT).as_posix())
    documents = {name for name in pages if name.startswith("docs/")}
    assert documents - reached == set()


# Settings


def _settings_page() -> dict[str, str]:
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    parts = re.split(r"^### `(\w+)`$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_setting_has_its_paragraph_in_order() -> None:
    assert list(_settings_page()) == [f"CARNET_{name.upper()}" for name in Settings.__dataclass_fields__]


@pytest.mark.parametrize("name", Settings.__dataclass_fields__)
def test_a_setting_says_its_default(name: str) -> None:
    told = re.match(r"\s*Default: (.*?)[.,(]", _settings_page()[f"CARNET_{name.upper()}"] + ".", re.DOTALL)
    default = getattr(Settings(), name)
    expected = "unset" if default is None else f"`{str(default).lower() if isinstance(default, bool) else default}`"
    text = _settings_page()[f"CARNET_{name.upper()}"].strip()
    assert told is not None
    assert text.startswith(f"Default: {expected}"), text[:60]


def test_every_setting_that_a_page_names_exists(pages: dict[str, str]) -> None:
    known = {f"CARNET_{name.upper()}" for name in Settings.__dataclass_fields__} | {
        "CARNET_SAMPLES",
        "CARNET_TEST_DATABASE_URL",
    }
    named = {(name, found) for name, text in pages.items() for found in re.findall(r"CARNET_[A-Z_]+[A-Z]", text)}
    assert {pair for pair in named if pair[1] not in known} == set()


# The command line


def _help(command: str, *more: str) -> str:
    shown = io.StringIO()
    with redirect_stdout(shown), pytest.raises(SystemExit):
        main([command, *more, "--help"])
    return shown.getvalue()


def _code(text: str) -> Iterator[str]:
    """Code of a page: blocks, lines joined where they are continued, then what stands between backticks."""
    for block in FENCE.findall(text):
        yield from block.replace("\\\n", " ").splitlines()
    yield from re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


def _command_lines(pages: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for name, text in pages.items():
        for line in _code(text):
            for command, rest in re.findall(r"(?:^|[\s(/])carnet ([a-z]+)((?: [^|)&;`]*)?)", line):
                yield name, command, rest


def test_every_command_that_a_page_names_exists(pages: dict[str, str]) -> None:
    lines = list(_command_lines(pages))
    assert lines
    assert {(name, command) for name, command, _ in lines if command not in COMMANDS} == set()


def test_every_option_that_a_page_names_exists(pages: dict[str, str]) -> None:
    helps = {command: _help(command) for command in COMMANDS} | {
        "trail": _help("trail") + _help("trail", "verify") + _help("trail", "checkpoint"),
        "client": _help("client") + _help("client", "add") + _help("client", "rotate"),
        "account": _help("account") + _help("account", "letters"),
        "records": _help("records") + _help("records", "link"),
        "reports": _help("reports") + _help("reports", "answer"),
    }
    unknown = {
        (name, command, option)
        for name, command, rest in _command_lines(pages)
        for option in re.findall(r"(?<!\S)(--[a-z\-]+)", rest)
        if option not in helps[command]
    }
    assert unknown == set()


def test_every_command_is_on_the_page_of_operators() -> None:
    text = "".join((ROOT / "docs" / page).read_text("utf-8") for page in ("operating.md", "transactions/demo.md"))
    assert {command for command in COMMANDS if f"`carnet {command}" not in text} == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_explains_itself(command: str) -> None:
    parser = argparse.ArgumentParser(command)
    import_module(COMMANDS[command][0]).add_arguments(parser)
    options = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    assert [action.dest for action in options if not action.help and not action.choices] == []


def test_every_target_of_make_that_a_page_names_exists(pages: dict[str, str]) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        (name, target)
        for name, text in pages.items()
        for line in _code(text)
        for target in re.findall(r"(?:^|\s)make ([a-z]+)", line)
    }
    assert ("README.md", "demo") in named
    assert ("README.md", "test") in named
    assert {pair for pair in named if pair[1] not in targets} == set()


# Transactions


def _addresses() -> dict[str, str]:
    pages = (ROOT / "docs" / "transactions" / "README.md", ROOT / "docs" / "portals.md")
    text = "\n".join(page.read_text("utf-8") for page in pages)
    return dict(re.findall(r"^\| `(/[^`]*)` \|.*?\| (.*?) \|$", text, re.MULTILINE))


def test_every_address_is_on_a_page_of_addresses(carnet: Carnet) -> None:
    served = {route.path for route in (*doors(carnet), *pages(carnet)) if isinstance(route, Route)}
    assert {path for path in served if path not in _addresses()} == set()
    assert {path for path in _addresses() if path not in served} == set()


def test_every_channel_has_its_page() -> None:
    transactions = {path.stem.partition("_")[0] for path in (ROOT / "src" / "carnet" / "channels").rglob("iti*.py")}
    assert transactions
    assert {name for name in transactions if not (ROOT / "docs" / "transactions" / f"{name}.md").exists()} == set()


# Glossary


def _glossary() -> Iterator[tuple[str, bool]]:
    """Names of the second column, and whether they are coming."""
    for line in (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 4 and "`" in cells[2]:
            for name in re.findall(r"`([^`]+)`", cells[2]):
                yield name.removesuffix("()"), COMING in cells[2]


@pytest.fixture(scope="module")
def defined(modules) -> set[str]:
    """Classes, functions, attributes and constants of the program, and names of tables."""
    found = set()
    for module in modules:
        found |= set(re.findall(r"^\s*(?:class|def|async def) (\w+)", module.text, re.MULTILINE))
        found |= set(re.findall(r"^\s*(\w+)(?:: [^=\n]+)?(?: = .+)?$", module.text, re.MULTILINE))
    schema = (ROOT / "src" / "carnet" / "storage" / "schema.sql").read_text("utf-8")
    return found | set(re.findall(r"CREATE TABLE public\.(\w+)", schema))


def test_every_word_of_the_glossary_is_in_the_program(defined: set[str]) -> None:
    words = {name for name, coming in _glossary() if not coming}
    assert len(words) > 40
    assert {name for name in words if not set(name.split(".")) <= defined} == set()


def test_no_word_that_is_coming_has_come(modules) -> None:
    """In the domain, where it would be: a verb such as `archive` has other meanings elsewhere."""
    domain = "".join(module.text for module in modules if module.name.startswith("domain/"))
    coming = {name for name, is_coming in _glossary() if is_coming}
    assert coming
    assert {
        name for name in coming if re.search(rf"^\s*(?:class|def|async def) {name}\b", domain, re.MULTILINE)
    } == set()


# Decisions and changes


def test_every_decision_is_listed_and_complete() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    found = sorted(folder.glob("[0-9]*.md"))
    numbers = [int(path.name[:4]) for path in found]
    assert numbers == sorted(set(numbers)), "a number names one decision"
    for path in found:
        text = path.read_text("utf-8")
        assert f"({path.name})" in index, path.name
        for part in ("Context", "Options", "Choice", "Consequences"):
            assert re.search(rf"^(#+ |\*\*){part}", text, re.MULTILINE), f"{path.name}: {part}"


# Criteria of the RGAA 4.1, by theme.
RGAA = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)


def test_every_criterion_of_accessibility_has_its_state() -> None:
    text = (ROOT / "docs" / "accessibility.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+\.\d+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    assert [number for number, _, _ in rows] == [
        f"{theme}.{rank}" for theme, count in enumerate(RGAA, start=1) for rank in range(1, count + 1)
    ]
    counts = dict(re.findall(r"^\| ([a-z ]+) \| (\d+) \|", text, re.MULTILINE))
    assert {state: str([each for _, each, _ in rows].count(state)) for state in counts} == counts
    assert all(how.strip() for _, _, how in rows)


def test_the_first_entry_of_the_changelog_is_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    first = re.search(r"^## ([\d.]+) \((\d{4}-\d{2}-\d{2})\)$", text, re.MULTILINE)
    assert first is not None
    assert first[1] == version("carnet")
    assert date.fromisoformat(first[2]) == RELEASED.date()


def test_the_readme_has_its_two_commands_and_its_figures() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert "| `make demo` |" in text
    assert "| `make test` |" in text
    assert text.index("<!-- figures") < text.index("<!-- /figures -->")
