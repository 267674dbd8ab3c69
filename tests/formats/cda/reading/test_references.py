from lxml import etree

from carnet.formats.cda.reading.references import Texts, words_of

NS = 'xmlns="urn:hl7-org:v3"'
ROOT = etree.fromstring(
    f'<section {NS}><text><content ID="a">un<br/>deux</content><content ID="a">autre</content><content ID="tiret"> - </content>'
    '<content ID="vide"/><table><tr><td ID="ligne">x<table><tr><td>y</td><td>z</td></tr></table></td></tr></table></text>'
    '<code><originalText><reference value="a"/></originalText></code><value>libre</value><value displayName=" dit "/>'
    '<value><translation displayName="traduit"/></value></section>'
)
TEXTS = Texts(ROOT)


def test_a_reference_leads_to_words_with_or_without_its_sign() -> None:
    assert TEXTS.at("#a") == TEXTS.at("a") == TEXTS.at(" #a ") == "un deux"
    assert [TEXTS.at(each) for each in ("#nulle-part", "#", "", None, "#tiret", "#vide")] == [""] * 6


def test_cells_are_kept_apart() -> None:
    assert TEXTS.at("#ligne") == "x y z"


def test_what_a_code_or_a_text_says() -> None:
    code, free, label, translated = ROOT[1:]
    assert [TEXTS.said_by(each) for each in (code, free, label, translated, None)] == [
        "un deux",
        "libre",
        "dit",
        "traduit",
        "",
    ]
    assert TEXTS.written(None) == TEXTS.original(None) == ""


def test_words_are_bounded() -> None:
    assert len(words_of(etree.fromstring(f"<text {NS}>{'mot <br/>' * 3000}</text>"))) <= 4_000
