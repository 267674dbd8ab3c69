"""What people see of a document: well-formed, ours, in words first; nothing of the source but what it says."""

import base64
import re

import pytest
from tests.builders.cda import a_cda, a_jpeg, a_pdf, a_png
from tests.builders.readings import (
    BIOLOGY,
    LOINC,
    a_quantity,
    a_range,
    a_report,
    a_section,
    a_structured,
    an_observation,
    check_page,
)

from carnet.formats.cda.reading.model import Kind
from carnet.web.reading import Reading, readable, readable_soon, render_answer, render_facts, render_reading

NBSP = "\N{NO-BREAK SPACE}"


def address(kind: str, number: int) -> str:
    return f"/fichier/{kind}/{number}"


def read(content: bytes, media_type: str = "text/xml") -> Reading:
    reading = readable(content, media_type)
    assert reading is not None
    return reading


def words(html: str) -> str:
    return " ".join(check_page(html, has_addresses=True).words.replace(NBSP, " ").split())


def shown(content: bytes, **facts: bool) -> str:
    return render_reading(read(content), **facts)


LOW = an_observation(a_quantity("9"), ranges=a_range("15", "150"))
USUAL = an_observation(
    a_quantity("4.2", "mmol/L"), name="Potassium", code="2823-3", ranges=a_range("3.5", "5.1", unit="mmol/L")
)


def test_a_result_is_words_then_figure_then_drawing() -> None:
    html = shown(a_report(LOW, USUAL))
    page = words(html)
    assert "Un résultat hors de la zone n’est pas un diagnostic." in page
    assert "Ferritine – vos réserves de fer En dessous de la zone habituelle 9 µg/L" in page
    assert "Zone de ce laboratoire : 15 à 150 µg/L." in page
    assert page.index("À regarder avec votre médecin") < page.index("Dans la zone habituelle")
    said = [value for tag, name, value in check_page(html).attributes if (tag, name) == ("svg", "aria-label")]
    assert (
        said[0].replace(NBSP, " ")
        == "Ferritine : 9 µg/L. En dessous de la zone habituelle. Zone habituelle : 15 à 150 µg/L."
    )
    assert html.count("<mark>") == 1


def test_to_a_professional_it_is_a_table_without_gloss_nor_advice() -> None:
    page = words(shown(a_report(LOW, USUAL), to_professional=True))
    assert "diagnostic" not in page
    assert "vos réserves" not in page
    assert "votre médecin" not in page
    assert "Hors de la zone habituelle" in page
    assert "Ferritine En dessous 9 µg/L 15 à 150 µg/L" in page


def test_many_results_within_the_range_are_folded_after_the_first_three() -> None:
    one = [
        an_observation(a_quantity("20"), name=f"Analyse {number}", code=f"0-{number}", ranges=a_range("15", "150"))
        for number in range(6)
    ]
    assert "Voir les 3 autres : Analyse 3, Analyse 4 et Analyse 5" in words(shown(a_report(*one)))
    more = [an_observation(a_quantity("20"), ranges=a_range("15", "150"))] * 12
    assert "Voir les 9 autres Résultats dans la zone habituelle" in words(shown(a_report(*more)))


def test_what_is_missing_doubtful_or_commented_is_said() -> None:
    comment = '<entryRelationship><act><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.2"/><text>Sérum hémolysé</text></act></entryRelationship>'
    former = (
        '<entryRelationship typeCode="REFR"><observation><effectiveTime value="202305"/><value xsi:type="PQ" value="12" unit="ug/L"/>'
        "</observation></entryRelationship>"
        '<entryRelationship typeCode="REFR"><observation><value xsi:type="ST">négatif</value></observation></entryRelationship>'
    )
    page = words(
        shown(
            a_report(
                an_observation(a_quantity("20"), interpretation="H", ranges=a_range("15", "150"), more=former),
                an_observation('<value xsi:type="PQ" nullFlavor="NAV"/>', name="Fer", code="0"),
                an_observation(a_quantity("1"), name="Germe", code="0", interpretation="R", more=comment + former),
                an_observation(a_quantity("0.032"), name="CRP", code="0"),
                an_observation(a_quantity("9"), name="Zinc", code="0", interpretation="POS", ranges=a_range("8", "10")),
                text="<paragraph>20 1 9</paragraph>",
            )
        )
    )
    assert "Le laboratoire a noté « H », ce qui ne va pas avec la zone qu’il donne. Parlez-en avec lui" in page
    assert "En mai 2023 : 12 µg/L. Avant : négatif." in page
    assert "Fer Pas encore disponible" in page
    assert "Germe Sérum hémolysé 1 µg/L Résistant" in page
    assert "Le texte du laboratoire ne porte pas ce chiffre" in page
    assert "Le laboratoire note : Positif." in page


def test_a_prescription_says_how_to_take_what() -> None:
    entry = (
        '<entry><substanceAdministration classCode="SBADM" moodCode="INT"><effectiveTime xsi:type="IVL_TS"><low value="20231201"/>'
        '<high value="20231206"/></effectiveTime><effectiveTime xsi:type="PIVL_TS"><period value="8" unit="h"/></effectiveTime><repeatNumber value="2"/>'
        '<routeCode code="1" displayName="Voie orale"/><doseQuantity value="1" unit="{tablet}"/><maxDoseQuantity><numerator value="4"/>'
        '<denominator value="1" unit="d"/></maxDoseQuantity><consumable><manufacturedProduct><manufacturedMaterial><name>DOLIFICTIF</name>'
        '</manufacturedMaterial></manufacturedProduct></consumable><entryRelationship typeCode="SUBJ"><act><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.3"/>'
        "<text>Pendant le repas</text></act></entryRelationship></substanceAdministration></entry>"
    )
    html = shown(
        a_structured(
            a_section("<paragraph>DOLIFICTIF</paragraph>", entry, title="Médicaments"),
            type_code=("57833-6", LOINC, "Ordonnance"),
        )
    )
    assert words(html).startswith(
        "Médicaments DOLIFICTIF 1 comprimé, 3 fois par jour 4 par jour au plus Du 1er au 6 décembre 2023 Comment Voie orale À renouveler 2 fois "
        "Conseil Pendant le repas Lire cette partie telle qu’elle a été écrite DOLIFICTIF"
    )


def test_several_dosages_are_a_numbered_list() -> None:
    def step(day: str) -> str:
        return (
            f'<entryRelationship typeCode="COMP"><substanceAdministration><effectiveTime xsi:type="IVL_TS"><low value="{day}"/><width value="2" unit="d"/>'
            '</effectiveTime><doseQuantity value="1" unit="mg"/></substanceAdministration></entryRelationship>'
        )

    entry = f"<entry><substanceAdministration>{step('20231201')}{step('20231203')}</substanceAdministration></entry>".replace(
        "<substanceAdministration>",
        "<substanceAdministration><consumable><manufacturedProduct><manufacturedMaterial><name>DOLI</name></manufacturedMaterial></manufacturedProduct></consumable>",
        1,
    )
    html = shown(a_structured(a_section("", entry)))
    assert "<ol>" in html
    assert (
        "1 mg, pendant 2 jours à partir du 1er décembre 2023 1 mg, pendant 2 jours à partir du 3 décembre 2023"
        in words(html)
    )


def a_media(content: bytes, media_type: str, identifier: str) -> str:
    return (
        f'<entry><observationMedia ID="{identifier}"><value mediaType="{media_type}" representation="B64">{base64.b64encode(content).decode()}</value>'
        "</observationMedia></entry>"
    )


WITH_FILES = a_structured(
    a_section(
        '<renderMultiMedia referencedObject="i1"/>',
        a_media(a_png(), "image/png", "i1") + a_media(a_pdf(), "application/pdf", "p1"),
        title="Vue",
    ),
    title="Compte rendu",
)


def test_images_and_files_have_the_addresses_of_the_page_or_none() -> None:
    reading = read(WITH_FILES)
    html = render_reading(reading, address=address)
    assert '<img src="/fichier/image/0" alt="Image du document (image PNG, 1' in html
    assert '<a href="/fichier/file/0">Vue</a>' in html
    assert "Fichier joint au document" in words(html)
    bare = render_reading(reading)
    assert "src=" not in bare
    assert "href=" not in bare
    assert words(bare).count("document d’origine") == 2


def test_two_files_are_files() -> None:
    two = a_structured(
        a_section("a", a_media(a_pdf(), "application/pdf", "p1") + a_media(a_pdf(), "application/pdf", "p2"), title="")
    )
    assert "Fichiers joints au document Fichier joint (PDF, 1 ko)" in words(shown(two))


HOSTILE_TITLE = "<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>"


@pytest.mark.parametrize(
    "content",
    [
        a_structured(a_section("a", title="&lt;script&gt;alert(1)&lt;/script&gt;"), title="<script>alert(1)</script>"),
        a_report(an_observation(a_quantity("9", '"&gt;&lt;script&gt;'), name="&lt;img src=x onerror=alert(1)&gt;", code='"&gt;'.replace('"', "")), text=""),
        a_structured(a_section('<paragraph onclick="x">a</paragraph><linkHtml href="javascript:alert(1)">b</linkHtml>')),
        a_structured(a_section("", '<entry><substanceAdministration><doseQuantity value="1" unit="&lt;b&gt;"/><consumable><manufacturedProduct>'
                                   "<manufacturedMaterial><name>&lt;script&gt;</name></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>")),
    ],
)  # fmt: skip
def test_nothing_hostile_reaches_the_page(content: bytes) -> None:
    for to_professional in (False, True):
        check_page(shown(content, to_professional=to_professional))
    assert "<script" not in render_answer(read(content)) + render_facts(read(content))


def test_headings_are_in_order_whatever_the_nesting_and_never_deeper_than_six() -> None:
    deep = a_section("au fond", title="Fond")
    for rank in range(12):
        deep = a_section("x", inner=deep, title="" if rank % 3 == 0 else f"Niveau {rank}")
    page = check_page(shown(a_structured(deep + a_section("", title="Chapitre", inner=a_section("y", title="Partie")))))
    assert max(page.headings) == 6


def test_the_title_of_the_page_is_not_shown_twice() -> None:
    html = shown(a_structured(a_section("a", title="ORDONNANCE") + a_section("b", title="Suite"), title="Ordonnance"))
    assert '<h2 class="vh">Ordonnance</h2>' in html
    assert "<h2>Suite</h2>" in html


def test_what_stands_aside_is_folded_under_its_heading() -> None:
    html = shown(a_structured(a_section("règles", title="Données personnelles")))
    assert '<details class="chapter"><summary><h2>Données personnelles</h2></summary>' in html


def test_the_answer_highlights_what_to_look_at() -> None:
    assert (
        render_answer(read(a_report(LOW, USUAL))) == "<mark>Un résultat sur deux</mark> est hors de la zone habituelle."
    )
    assert render_answer(read(a_report(USUAL))) == "Le résultat est dans la zone habituelle."


def test_the_facts_say_who_and_when() -> None:
    page = words(f"<dl>{render_facts(read(a_report(LOW)))}</dl>")
    assert page == (
        "Fait par Dr Alix Fictif, médecin généraliste Centre hospitalier inventé Prélèvement Le 10 mars 2024 Écrit Le 12 mars 2024"
    )
    other = a_cda(
        level=3, type_code=("34112-3", LOINC, "Autre"), swap={"<legalAuthenticator>": "<legalAuthenticator><!-- x -->"}
    )
    second = other.replace(b"<family>FICTIF</family>", b"<family>AUTRE</family>", 1)
    page = words(f"<dl>{render_facts(read(second))}</dl>")
    assert "Signé par Dr Alix Fictif" in page
    assert "Prélèvement" not in page
    assert render_facts(read(b"x")) == ""


@pytest.mark.parametrize(
    ("content", "media_type", "kind"),
    [
        (a_pdf(), "application/pdf", Kind.FILE),
        (a_jpeg(), "image/jpeg", Kind.FILE),
        (a_png(), "IMAGE/PNG; q=1", Kind.FILE),
        (b"GIF89a", "image/gif", Kind.FILE),
        (b"bonjour", "text/plain", Kind.FILE),
        (b"", "application/pdf", Kind.UNREADABLE),
        (b"\x00" * 128 + b"DICM", "application/dicom", Kind.FILE),
        (b"<xml/>", "application/xml", Kind.UNREADABLE),
    ],
)
def test_files_alone_say_what_they_are(content: bytes, media_type: str, kind: Kind) -> None:
    reading = read(content, media_type)
    assert reading.kind is kind
    assert words(render_answer(reading)).endswith(".")
    page = check_page(render_reading(reading))
    assert ("ne peut pas être montré dans cette page" in page.words) is (kind is Kind.UNREADABLE)


def test_what_nobody_reads_has_no_reading() -> None:
    assert readable(b"PK", "application/zip") is None
    assert readable(b"x", "") is None


async def test_large_documents_are_read_in_a_thread_with_the_same_result() -> None:
    small = a_report(LOW)
    large = small.replace(b"<title>Biochimie", b" " * 80_000 + b"<title>Biochimie")
    for content in (small, large):
        assert await readable_soon(content, "text/xml") == readable(content, "text/xml")
    assert await readable_soon(a_pdf(size_bytes=100_000), "application/pdf") == readable(
        a_pdf(size_bytes=100_000), "application/pdf"
    )


def test_deep_nesting_and_huge_tables_are_shown_bounded() -> None:
    nested = "<content>" * 180 + "au fond" + "</content>" * 180
    page = check_page(shown(a_structured(a_section(nested))))
    assert "au fond" in page.words
    rows = "".join(f"<tr><td>ligne {number}</td><td>x</td></tr>" for number in range(10_000))
    html = shown(a_structured(a_section(f"<table><tbody>{rows}</tbody></table>")))
    assert "elle est dans le document d’origine" in words(html)
    assert len(html) < 60_000


def test_a_number_never_stands_for_a_picture() -> None:
    forged = a_structured(a_section('&lt;span data-image="0"&gt;&lt;/span&gt;'))
    assert "<img" not in render_reading(read(forged), address=address)
    assert re.search(r"data-image", shown(forged))


def test_allergies_problems_vaccines_and_signs_are_lists() -> None:
    from tests.formats.cda.reading.test_concerns import ALLERGY, a_concern, about, an_agent
    from tests.formats.cda.reading.test_signs import a_sign
    from tests.formats.cda.reading.test_vaccinations import a_dose, rank

    def part(title: str, entry: str) -> str:
        return a_section("", entry, title=title)

    weight = a_sign('value="60" unit="kg"')
    vitals = f'<entry><organizer><effectiveTime value="20240301"/>{weight}</organizer></entry>'
    html = shown(
        a_structured(
            part("Problèmes", a_concern(inside=about("33999-4", "Actif") + about("SEV", "modéré")))
            + part("Allergies", a_concern("allergie", template=ALLERGY, inside=an_agent("Arachide")))
            + part("Vaccins", a_dose(more=rank("2")))
            + part("Mesures", vitals),
            type_code=("SYNTH", "1.2.250.1.213.1.1.4.12", "Synthèse"),
        )
    )
    page = words(html)
    assert "Problèmes Asthme Actif Depuis 2019 Sévérité : modéré" in page
    assert "Allergies Arachide Allergie Depuis 2019" in page
    assert "Vaccins 14 mars 2020 FICTIVAX Dose n° 2, bras gauche, lot L9 Fait par Mme Alix Fictif" in page
    assert "Mesures Poids 60 kg le 1er mars 2024" in page
    assert 'class="hang"' in html
    assert 'class="hang"' not in shown(a_structured(part("Vaccins", a_dose())), to_professional=True)


def test_the_type_of_report_is_known_by_its_code() -> None:
    assert read(a_structured(a_section("a"), type_code=BIOLOGY)).kind is Kind.BIOLOGY
    assert (
        read(a_structured(a_section("a"), type_code=("DOCPAT02", "1.2.250.1.213.1.1.4.12", "Document"))).kind
        is Kind.PATIENT
    )
