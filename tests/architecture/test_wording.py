"""
Every code has its French sentence and its FHIR type; every sentence is used; every fact that a sentence quotes is given.

The codes are read in the source: the literals given to `Issue`, to an error of the domain, or to any function that hands one of its
parameters on to these. Where a code is computed, COMPUTED says what it may be, so that a new computed one fails here first.
"""

import ast
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from carnet.channels.oauth2.refusals import _ANSWERS
from carnet.domain.access.acting import REFUSALS as REFUSED_ACTS
from carnet.domain.access.policy import TABLE, WARNINGS
from carnet.domain.audit.model import EventType
from carnet.domain.errors import Issue
from carnet.domain.record.judging import FEED_REFUSALS
from carnet.domain.record.updating import UPDATE_REFUSALS
from carnet.formats.fhir.bundle_entries import _REFUSED
from carnet.formats.fhir.search_table import NOT_SUPPORTED
from carnet.formats.uploads.receiving import _OF_PDF as OF_PDF
from carnet.formats.uploads.receiving import _REFUSED as REFUSED_UPLOADS
from carnet.web.tokens import REFUSALS
from carnet.web.wording import issue_text, wording
from carnet.web.wording.page import ERRORS_PAGE, errors_page

# Source: http://hl7.org/fhir/R4/valueset-issue-type.html
FHIR_ISSUE_TYPES = {
    "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown", "expired", "forbidden", "suppressed",
    "processing", "not-supported", "duplicate", "multiple-matches", "not-found", "deleted", "too-long", "code-invalid", "extension",
    "too-costly", "business-rule", "conflict", "transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled",
    "informational",
}  # fmt: skip

KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

# File, and the expression that computes a code there: the codes that it may give. An issue made elsewhere gives none of its own.
ALREADY_MADE: frozenset[str] = frozenset()
INS_FAULTS = frozenset({"ins-oid", "ins-format", "ins-key"})
LINE_FAULTS = frozenset(
    {
        "code-malformed", "field-too-long", "item-unreadable", "line-character", "line-columns", "line-encoding", "line-too-long",
        "line-truncated", "mailbox-address", "mailbox-kind", "mailbox-owner-missing", "name-missing", "person-missing", "person-number",
        "profession-missing", "rpps-key", "structure-number",
    }
)  # fmt: skip
COMPUTED: Mapping[tuple[str, str], frozenset[str]] = {
    ("channels/audit/iti81_retrieve_audit_event.py", "fault.code"): ALREADY_MADE,
    ("channels/directory/routes.py", "fault.code"): ALREADY_MADE,
    ("channels/habilitations/find_consents.py", "fault.code"): ALREADY_MADE,
    ("channels/mhd/searches.py", "fault.code"): ALREADY_MADE,
    ("formats/uploads/receiving.py", "_OF_PDF[issue.code]"): frozenset(OF_PDF.values()),
    ("formats/uploads/receiving.py", "_REFUSED[kind]"): frozenset(REFUSED_UPLOADS.values()),
    ("domain/access/acting.py", "REFUSALS.get(decision.rule, 'record-refused')"): frozenset(REFUSED_ACTS.values())
    | {"record-refused"},
    ("domain/record/asking/sending.py", "REFUSALS.get(decision.rule, 'record-refused')"): frozenset(
        REFUSED_ACTS.values()
    )
    | {"record-refused"},
    ("domain/record/consulting/following.py", "REFUSALS.get(decision.rule, 'record-refused')"): frozenset(
        REFUSED_ACTS.values()
    )
    | {"record-refused"},
    ("domain/record/sharing/making.py", "REFUSALS.get(decision.rule, 'record-refused')"): frozenset(
        REFUSED_ACTS.values()
    )
    | {"record-refused"},
    ("domain/record/browsing/own_folders.py", "REFUSALS.get(decision.rule, 'record-refused')"): frozenset(
        REFUSED_ACTS.values()
    )
    | {"record-refused"},
    ("channels/mhd/update_document_reference.py", "_FORBIDDEN"): frozenset({"patch-element-forbidden"}),
    ("channels/mhd/update_document_reference.py", "fault.code"): ALREADY_MADE,
    ("formats/fhir/patch_document.py", "found[0].code"): ALREADY_MADE,
    ("channels/identity/put_patient.py", "fault.code"): ALREADY_MADE,
    ("channels/identity/put_patient.py", "f'identity-{done.receipt.reception}'"): frozenset(
        {"identity-changed", "identity-created", "identity-unchanged"}
    ),
    ("channels/identity/td02_find_patient.py", "fault.code"): ALREADY_MADE,
    ("channels/identity/td02_find_patient.py", "issue.code"): ALREADY_MADE,
    ("domain/clients/registration.py", "code"): frozenset(
        {
            "client-key-not-for-signing",
            "client-key-private",
            "client-key-size",
            "client-key-type-not-allowed",
            "client-key-unreadable",
        }
    ),
    ("domain/clients/registration.py", "issues[0].code"): ALREADY_MADE,
    ("domain/consent/doubting.py", "str(error)"): frozenset(
        {"identity-step-not-allowed", "identity-attributes-together", "identity-attribute-needs-provisional"}
    ),
    ("domain/people/reception.py", "str(error)"): frozenset(
        {"identity-attributes-together", "identity-attribute-needs-provisional"}
    ),
    ("domain/directory/loading/__init__.py", "issues[0].code"): ALREADY_MADE,
    ("domain/record/coherence.py", "header.ins_fault"): INS_FAULTS,
    ("domain/record/judging.py", "FEED_REFUSALS.get(decision.rule, 'feed-refused')"): frozenset(FEED_REFUSALS.values())
    | {"feed-refused"},
    ("domain/record/judging.py", "errors[0].code"): ALREADY_MADE,
    ("domain/record/deposit.py", "submission.faults[0].code"): ALREADY_MADE,
    ("channels/oauth2/speaking_for.py", "code"): frozenset({"psc-situation-several", "psc-situation-unknown"}),
    ("domain/refusals/register.py", "each['code']"): ALREADY_MADE,
    ("formats/annuaire/columns.py", "issues[0].code"): ALREADY_MADE,
    ("domain/record/updating/__init__.py", "UPDATE_REFUSALS.get(decision.rule, 'update-refused')"): frozenset(
        UPDATE_REFUSALS.values()
    )
    | {"update-refused"},
    ("domain/record/updating/__init__.py", "UPDATE_REFUSALS.get(rule, 'update-refused')"): frozenset(
        UPDATE_REFUSALS.values()
    )
    | {"update-refused"},
    ("domain/record/updating/__init__.py", "code"): frozenset({"update-not-current"}),
    ("domain/record/simulation/__init__.py", "REFUSALS.get(asked.rule, 'record-refused')"): frozenset(
        REFUSED_ACTS.values()
    )
    | {"record-refused"},
    ("formats/cda/content.py", "issue.code"): ALREADY_MADE,
    ("formats/fhir/audit_search.py", "found[0].code"): ALREADY_MADE,
    ("formats/fhir/consent.py", "found[0].code"): ALREADY_MADE,
    ("formats/fhir/bundle_entries.py", "_REFUSED[kind]"): frozenset(_REFUSED.values()),
    ("formats/fhir/directory/search.py", "NOT_SUPPORTED[base]"): frozenset(NOT_SUPPORTED.values()),
    ("formats/fhir/directory/search.py", "found[0].code"): ALREADY_MADE,
    ("formats/fhir/identities.py", "str(error)"): INS_FAULTS,
    ("formats/fhir/identity/match.py", "found[0].code"): ALREADY_MADE,
    ("formats/fhir/identity/reading.py", "found[0].code"): ALREADY_MADE,
    ("formats/fhir/identity/search.py", "code"): frozenset({"parameter-missing", "parameter-patients-differ"}),
    ("formats/fhir/identity/search.py", "found[0].code"): ALREADY_MADE,
    ("formats/fhir/identity/reliability.py", "str(refusal)"): frozenset(
        {"identity-attribute-needs-provisional", "identity-attributes-together"}
    ),
    ("formats/fhir/provide_bundle.py", "first.code"): ALREADY_MADE,
    ("formats/fhir/relations.py", "name"): frozenset({"element-required", "relation-code"}),
    ("formats/fhir/search_reading.py", "found[0].code"): ALREADY_MADE,
    ("formats/fhir/search_reading.py", "unsupported"): frozenset(NOT_SUPPORTED.values()),
    ("operating/directory_import.py", "fault.code"): LINE_FAULTS,
    ("formats/population_csv.py", "str(error)"): INS_FAULTS,
    ("formats/submissions.py", "header.ins_fault"): INS_FAULTS,
    ("operating/feeder.py", "header.ins_fault"): INS_FAULTS,
    ("operating/takeover.py", "code"): ALREADY_MADE,
    ("operating/people.py", "code"): ALREADY_MADE,
    ("operating/people.py", "error.code"): ALREADY_MADE,
    ("partners/insi/retrieval.py", "code"): frozenset(
        {"name-character", "name-doubled", "name-empty", "name-end", "name-start", "name-too-long"}
    ),
    ("portals/citizen/documents/views.py", "code"): ALREADY_MADE,
    ("web/bearer.py", "refused.reason"): frozenset(REFUSALS),
}
# Codes that are worded by other ways than an issue: the warnings of a decision, the refusals of the token endpoint.
BY_OTHER_WAYS = frozenset(WARNINGS.values()) | frozenset(_ANSWERS)
# Functions that bear the name of one that takes a code, and take none: the note of a demonstration.
NAMESAKES = {("operating/demo.py", "note"), ("operating/feed_territory.py", "note")}


@dataclass(frozen=True)
class Given:
    """A code given somewhere. facts: names known to be given with it; None when they cannot be told."""

    where: str
    code: str
    facts: frozenset[str] | None


class Source:
    """The source, asked where codes are given."""

    def __init__(self, modules) -> None:
        self.modules = modules
        self.takers: dict[str, int] = {"Issue": 0, "BearerRefused": 0, "TokenRefused": 0, "ValueError": 0, "refuse": 0}
        self._add_errors()
        self._add_functions()
        self.given: list[Given] = []
        self.computed: set[tuple[str, str]] = set()
        for module in modules:
            for called, call in module.calls():
                if called in self.takers and (module.name, called) not in NAMESAKES:
                    self._read(module, called, call)

    def _add_errors(self) -> None:
        errors = {"DomainError"}
        classes = [node for module in self.modules for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
        while found := {c.name for c in classes if errors & {ast.unparse(base) for base in c.bases}} - errors:
            errors |= found
        self.takers |= dict.fromkeys(errors, 0)

    def _add_functions(self) -> None:
        """Those that hand a parameter on as a code."""
        while True:
            found = dict(self._handing_on())
            if found.items() <= self.takers.items():
                return
            self.takers |= found

    def _handing_on(self) -> Iterator[tuple[str, int]]:
        for module in self.modules:
            for called, call in module.calls():
                argument = self._argument(called, call)
                function = _function_around(module, call)
                if (
                    called == "ValueError"
                    or function is None
                    or function.name.startswith("__")
                    or not isinstance(argument, ast.Name)
                ):
                    continue
                if argument.id in (names := _parameters(function)):
                    yield function.name, names.index(argument.id)

    def _argument(self, called: str, call: ast.Call) -> ast.expr | None:
        position = self.takers.get(called)
        if position is None:
            return None
        if len(call.args) > position:
            return call.args[position]
        return next((keyword.value for keyword in call.keywords if keyword.arg == "code"), None)

    def _read(self, module, called: str, call: ast.Call) -> None:
        argument = self._argument(called, call)
        if argument is None:
            return
        function = _function_around(module, call)
        for value in _alternatives(argument):
            if called == "ValueError" and not (isinstance(value, ast.Constant) and "-" in str(value.value)):
                continue  # a sentence for a programmer, or what a standard type says
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                if KEBAB.fullmatch(value.value):
                    self.given.append(Given(f"{module.name}:{call.lineno}", value.value, _facts(called, call)))
            elif not (isinstance(value, ast.Name) and function is not None and value.id in _parameters(function)):
                self.computed.add((module.name, ast.unparse(value)))

    @property
    def codes(self) -> set[str]:
        return {given.code for given in self.given}.union(*COMPUTED.values())


def _alternatives(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            yield from _alternatives(body)
            yield from _alternatives(orelse)
        case ast.BoolOp(values=values):
            for value in values:
                yield from _alternatives(value)
        case _:
            yield node


def _function_around(module, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    while (node := module.parents.get(node)) is not None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return node
    return None


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


_NOT_FACTS = {"expression", "issues", "severity"}


def _facts(called: str, call: ast.Call) -> frozenset[str] | None:
    names: set[str] = set()
    if called in {"ValueError", "refuse"}:
        return None  # whoever hands the code on gives the facts
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    for keyword in call.keywords:
        if keyword.arg in {"issues", "facts"} and not isinstance(keyword.value, ast.Dict):
            return None
        if keyword.arg not in _NOT_FACTS and keyword.arg is not None:
            names.add(keyword.arg)
    for value in (*call.args, *(k.value for k in call.keywords if k.arg == "facts")):
        if isinstance(value, ast.Dict):
            names |= {key.value for key in value.keys if isinstance(key, ast.Constant)}
    if called == "Issue" and len(call.args) > 2 and not isinstance(call.args[2], ast.Dict):
        return None
    return frozenset(names)


@pytest.fixture(scope="module")
def source(modules) -> Source:
    return Source(modules)


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _issues() -> Mapping[str, Mapping[str, Any]]:
    return wording()["issues"]


def test_the_source_is_read(source: Source) -> None:
    assert len(source.codes) > 100
    assert {"fault", "note", "refusal"} <= set(source.takers)


def test_every_computed_code_is_accounted_for(source: Source) -> None:
    assert source.computed == set(COMPUTED)


def test_every_code_has_its_sentence(source: Source) -> None:
    assert sorted(source.codes - set(_issues())) == []


def test_every_sentence_is_used(source: Source, modules) -> None:
    """A code that is only looked up in a table stands there as a literal, like the parameters of a search that are not supported."""
    literals = {
        node.value
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not module.is_docstring(node)
    }
    assert sorted(set(_issues()) - source.codes - BY_OTHER_WAYS - literals) == []


def test_rules_are_not_issues() -> None:
    """A rule of the access table names the line that spoke; if rules are worded, all are, in a table of their own."""
    rules = {line.rule for line in TABLE}
    assert rules & set(_issues()) == set()
    assert set(wording().get("rules", rules)) == rules


@pytest.mark.parametrize("code", sorted(BY_OTHER_WAYS))
def test_what_is_worded_by_other_ways_has_its_sentence(code: str) -> None:
    assert code in _issues()


def test_every_issue_has_a_type_of_fhir() -> None:
    assert {code for code, entry in _issues().items() if entry["type"] not in FHIR_ISSUE_TYPES} == set()
    assert {code for code, entry in _issues().items() if set(entry) != {"type", "text"}} == set()


def test_codes_are_kebab_case() -> None:
    assert [code for code in (*_issues(), *wording()["events"]) if not KEBAB.fullmatch(code)] == []


def test_every_fact_that_a_sentence_quotes_is_given(source: Source) -> None:
    quoted = {code: _fields(entry["text"]) for code, entry in _issues().items()}
    missing = {
        f"{given.where} {given.code}: {sorted(lacking)}"
        for given in source.given
        if given.facts is not None and (lacking := quoted.get(given.code, set()) - given.facts)
    }
    assert missing == set()


def test_sentences_are_sentences() -> None:
    """In French as it is printed: a capital (or what it speaks of), a full stop, curly apostrophes."""
    for code, entry in (*_issues().items(), *wording()["events"].items()):
        text = entry["text"]
        assert text[0].isupper() or text[0] in "«{_", code
        assert text.rstrip("» ").endswith((".", "?", "…")), code
        assert "'" not in text, code
        assert "  " not in text, code


def test_every_event_has_its_sentence() -> None:
    assert set(wording()["events"]) == set(EventType)


@pytest.mark.parametrize("event_type", EventType)
def test_a_sentence_of_an_event_quotes_only_what_every_event_has(event_type: EventType) -> None:
    for text in wording()["events"][event_type].values():
        assert _fields(text) <= {"actor", "documents", "of_documents", "holder", "means", "contact"}


def test_every_line_of_the_access_table_has_its_phrase() -> None:
    assert set(wording()["rights"]) == {line.rule for line in TABLE}


def test_every_rule_says_what_it_rests_on() -> None:
    rules = wording()["rules"]
    assert [rule for rule, said in rules.items() if set(said) != {"text", "basis"} or not said["basis"].strip()] == []
    assert [rule for rule, said in rules.items() if not said["text"].endswith(".")] == []
    assert len({said["text"] for said in rules.values()}) == len(rules)


def test_a_sentence_is_filled() -> None:
    kind, text = issue_text(Issue("body-too-large", facts={"limit": "12"}))
    assert kind == "too-long"
    assert "12 octets" in text


def test_the_page_of_errors_is_what_the_wording_says() -> None:
    """Write it anew with `python -m carnet.web.wording.page`."""
    assert ERRORS_PAGE.read_text("utf-8") == errors_page()
    assert all(f"`{code}`" in errors_page() for code in _issues())
