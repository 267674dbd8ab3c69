"""How a medicine is taken, in plain French; the prescriber's words win."""

import pytest
from tests.builders.readings import LOINC, a_section, a_structured

from carnet.formats.cda.reading.document import read_cda
from carnet.formats.cda.reading.model import Medicine, Medicines, Narrative, Reading

PRESCRIPTION = ("57833-6", LOINC, "Prescription de médicaments")
DISPENSATION = ("60593-1", LOINC, "Dispensation")
NBSP = "\N{NO-BREAK SPACE}"
NAMED = "<name>PARACÉTAMOL FICTIF 500 mg, comprimé</name>"


def a_product(inside: str = NAMED) -> str:
    return f"<manufacturedProduct><manufacturedMaterial>{inside}</manufacturedMaterial></manufacturedProduct>"


def an_administration(inside: str = "", *, product: str = NAMED, negated: str = "false") -> str:
    return (
        f'<entry><substanceAdministration classCode="SBADM" moodCode="INT" negationInd="{negated}">{inside}'
        f"<consumable>{a_product(product)}</consumable></substanceAdministration></entry>"
    )


def read(
    entries: str,
    *,
    text: str = "<paragraph>PARACÉTAMOL FICTIF 500 mg, comprimé</paragraph>",
    kind: tuple[str, str, str] = PRESCRIPTION,
) -> Reading:
    return read_cda(a_structured(a_section(text, entries), type_code=kind))


def medicines(reading: Reading) -> list[Medicine]:
    return [
        each
        for section in reading.sections
        for block in section.blocks
        if isinstance(block, Medicines)
        for each in block.medicines
    ]


def the_medicine(inside: str, **facts: str) -> Medicine:
    (found,) = medicines(read(an_administration(inside + a_dose("1"), **facts)))
    return found


def a_dose(value: str, unit: str = "{tablet}") -> str:
    return f'<doseQuantity value="{value}" unit="{unit}"/>'


def every(value: str, unit: str = "h") -> str:
    return f'<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="{value}" unit="{unit}"/></effectiveTime>'


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (("24", "h"), "une fois par jour"), (("1", "d"), "une fois par jour"), (("12", "h"), "2 fois par jour"), (("8", "h"), "3 fois par jour"),
        (("6", "h"), "4 fois par jour"), (("4.8", "h"), "5 fois par jour"), (("16", "h"), "toutes les 16 heures"), (("2", "d"), "tous les 2 jours"),
        (("48", "h"), "tous les 2 jours"), (("1", "wk"), "une fois par semaine"), (("7", "d"), "une fois par semaine"),
        (("1", "mo"), "une fois par mois"), (("3", "mo"), "tous les 3 mois"),
    ],
)  # fmt: skip
def test_how_often(period: tuple[str, str], said: str) -> None:
    assert the_medicine(every(*period)).dosages[0].text == f"1{NBSP}comprimé, {said}"


@pytest.mark.parametrize("period", [("0", "h"), ("1", "{lune}"), ("parfois", "h"), ("0", "mo")])
def test_a_period_that_says_nothing_is_left_out(period: tuple[str, str]) -> None:
    assert the_medicine(every(*period)).dosages[0].text == f"1{NBSP}comprimé"


@pytest.mark.parametrize(
    ("dose", "said"),
    [
        ('<doseQuantity value="1" unit="{tablet}"/>', f"1{NBSP}comprimé"),
        ('<doseQuantity value="0.5" unit="{tablet}"/>', f"0,5{NBSP}comprimé"),
        ('<doseQuantity><low value="1" unit="{tablet}"/><high value="2" unit="{tablet}"/></doseQuantity>', f"1 à 2{NBSP}comprimés"),
        ('<doseQuantity><low value="10" unit="[drp]"/></doseQuantity>', f"10{NBSP}gouttes"),
        ('<doseQuantity value="500" unit="mg"/>', f"500{NBSP}mg"),
        ('<doseQuantity value="3" unit="1"/>', "3"),
        ('<doseQuantity value="3" unit="99999999"/>', "3"),  # a packaging we have no word for
        ('<doseQuantity value="2" unit="{tablet}"/><rateQuantity value="1500" unit="mg/d"/>', f"2{NBSP}comprimés (soit 1500{NBSP}mg par jour)"),
        ('<rateQuantity value="50" unit="mL/h"/>', f"50{NBSP}mL par heure"),
        ('<rateQuantity value="2" unit="mg/min"/>', f"2{NBSP}mg par minute"),
        ('<rateQuantity nullFlavor="NAV"/><doseQuantity value="1" unit="mg"/>', f"1{NBSP}mg"),
        ("<doseQuantity><originalText>une noisette</originalText></doseQuantity>", "une noisette"),
    ],
)  # fmt: skip
def test_how_much(dose: str, said: str) -> None:
    (found,) = medicines(read(an_administration(dose)))
    assert [each.text for each in found.dosages] == [said]


def test_the_words_of_the_prescriber_win_over_the_codes() -> None:
    """As a published sample: the codes say 1, the text says 1 to 2."""
    text = (
        "<paragraph>PARACÉTAMOL FICTIF 500 mg, comprimé</paragraph>"
        '<paragraph><content ID="a">1 cp</content> à <content ID="b">2 cp</content> <content ID="f">3 fois/j pendant 2 jours</content></paragraph>'
    )

    def bound(name: str, reference: str) -> str:
        return f'<{name} value="1" unit="{{tablet}}"><translation><originalText><reference value="#{reference}"/></originalText></translation></{name}>'

    inside = (
        '<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="IVL_TS"><low value="20231201"/><width value="2" unit="d"/></comp>'
        '<comp xsi:type="PIVL_TS"><period value="8" unit="h"><translation><originalText><reference value="#f"/></originalText></translation></period>'
        f"</comp></effectiveTime><doseQuantity>{bound('low', 'a')}{bound('high', 'b')}</doseQuantity>"
    )
    (found,) = medicines(read(an_administration(inside), text=text))
    assert [(each.text, bool(each.period)) for each in found.dosages] == [
        ("1 cp à 2 cp, 3 fois/j pendant 2 jours", False)
    ]


def test_dosages_that_follow_each_other() -> None:
    def step(low: str, days: str, hours: str) -> str:
        return (
            '<entryRelationship typeCode="COMP"><substanceAdministration classCode="SBADM" moodCode="INT"><effectiveTime xsi:type="SXPR_TS">'
            f'<comp xsi:type="IVL_TS"><low value="{low}"/><width value="{days}" unit="d"/></comp>'
            f'<comp xsi:type="PIVL_TS"><period value="{hours}" unit="h"/></comp></effectiveTime>{a_dose("2")}</substanceAdministration></entryRelationship>'
        )

    inside = '<effectiveTime xsi:type="IVL_TS"><low value="20231201"/><high value="20231206"/></effectiveTime>'
    (found,) = medicines(read(an_administration(inside + step("20231201", "2", "8") + step("20231203", "4", "12"))))
    assert [(each.text, each.period.days) for each in found.dosages] == [
        (f"2{NBSP}comprimés, 3 fois par jour", 2),
        (f"2{NBSP}comprimés, 2 fois par jour", 4),
    ]
    assert (found.period.start.text, found.period.end.text) == ("2023-12-01", "2023-12-06")  # type: ignore[union-attr]


def test_a_dosage_does_not_repeat_the_period_of_the_treatment() -> None:
    times = '<effectiveTime xsi:type="IVL_TS"><low value="20231201"/></effectiveTime>'
    found = the_medicine(times)
    assert found.period
    assert not found.dosages[0].period


@pytest.mark.parametrize(
    ("time", "start", "end", "days"),
    [
        ('<effectiveTime value="20240301"/>', "2024-03-01", None, None),
        ('<effectiveTime xsi:type="IVL_TS"><high value="2024"/></effectiveTime>', None, "2024", None),
        ('<effectiveTime xsi:type="IVL_TS"><low value="hier"/><width value="3" unit="wk"/></effectiveTime>', None, None, 21),
        ('<effectiveTime xsi:type="IVL_TS"><width value="3" unit="{lune}"/></effectiveTime>', None, None, None),
        ('<effectiveTime xsi:type="IVL_TS"><width value="99999999" unit="d"/></effectiveTime>', None, None, None),
        ('<effectiveTime nullFlavor="UNK"/>', None, None, None),
    ],
)  # fmt: skip
def test_for_how_long(time: str, start: str | None, end: str | None, days: int | None) -> None:
    found = the_medicine(time).period
    assert (found.start and found.start.text, found.end and found.end.text, found.days) == (start, end, days)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ('<event code="HS"/>', "au coucher"),
        ('<event code="X" displayName="à la lune pleine"/>', "à la lune pleine"),
        ('<event code="X"/>', ""),
    ],
)
def test_moments_of_the_day(event: str, said: str) -> None:
    text = the_medicine(f'<effectiveTime xsi:type="EIVL_TS">{event}</effectiveTime>').dosages[0].text
    assert text == f"1{NBSP}comprimé" + (f", {said}" if said else "")


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ('<numerator value="4"/><denominator value="1" unit="d"/>', "4 par jour au plus"),
        (
            '<numerator value="4" unit="{tablet}"/><denominator value="24" unit="h"/>',
            f"4{NBSP}comprimés en 24 heures au plus",
        ),
        ('<numerator value="4" unit="g"/><denominator value="1" unit="J"/>', f"4{NBSP}g par jour au plus"),
        ('<numerator value="4"/>', "4 au plus"),
        ("<numerator/><denominator/>", ""),
    ],
)
def test_the_most_one_may_take(limit: str, said: str) -> None:
    assert the_medicine(f"<maxDoseQuantity>{limit}</maxDoseQuantity>").limit == said


def a_note(template: str, words: str, *, code: str = "") -> str:
    return (
        f'<entryRelationship typeCode="SUBJ"><act classCode="ACT" moodCode="INT"><templateId root="{template}"/>{code}'
        f"<text>{words}</text></act></entryRelationship>"
    )


def a_flag(code: str, value: str) -> str:
    return (
        f'<entryRelationship typeCode="COMP"><observation><code code="{code}" codeSystem="1.2.250.1.213.1.1.4.322"/>'
        f'<value xsi:type="BL" value="{value}"/></observation></entryRelationship>'
    )


def test_notes_have_their_label() -> None:
    why = '<code code="R51" codeSystem="2.16.840.1.113883.6.3" displayName="Céphalée"/>'
    found = the_medicine(
        '<routeCode code="20053000" displayName="Voie orale" codeSystem="0.4.0.127.0.16.1.1.2.1"/><repeatNumber value="3"/>'
        + a_note("1.3.6.1.4.1.19376.1.5.3.1.4.3", "Pendant le repas")
        + a_note("1.3.6.1.4.1.19376.1.5.3.1.4.3.1", "Sans substitution")
        + a_note("1.3.6.1.4.1.19376.1.5.3.1.4.4.1", "", code=why)
        + a_note("1.2.250.1.213.1.1.3.87", "", code='<code code="N" displayName="Non substituable"/>')
        + a_note("1.3.6.1.4.1.19376.1.5.3.1.4.2", "Bien toléré")
        + a_note("1.3.6.1.4.1.19376.1.5.3.1.4.2", "-")
        + a_note("9.9.9", "Ailleurs")
        + a_flag("MED-574", "true")
        + a_flag("GEN-181", "true")
        + a_flag("GEN-179", "false")
        + a_flag("AUTRE", "true")
        + "<precondition><criterion><text>douleur</text></criterion></precondition>"
    )
    assert found.notes == (
        ("À prendre si", "douleur"),
        ("Conseil", "Pendant le repas"),
        ("Pour le pharmacien", "Sans substitution"),
        ("Pour", "Céphalée"),
        ("Substitution", "Non substituable"),
        ("Commentaire", "Bien toléré"),
        ("Affection de longue durée (ALD)", "Oui"),
        ("Remboursement", "Non remboursable"),
    )
    assert (found.route, found.repeats) == ("Voie orale", 3)


def test_the_substance_is_told_when_the_name_does_not_say_it() -> None:
    pharm = 'xmlns:p="urn:ihe:pharm:medication"'

    def generic(inside: str) -> str:
        return f"<name>DOLIFICTIF 500 mg</name><p:asSpecializedKind {pharm}><p:generalizedMedicineClass>{inside}</p:generalizedMedicineClass></p:asSpecializedKind>"

    atc = '<translation code="N02BE01" codeSystem="2.16.840.1.113883.6.73" displayName="paracétamol"/>'
    for product, said in (
        (generic("<p:name>paracétamol</p:name>"), "paracétamol"),
        (generic('<p:code code="N02BE01" displayName="paracétamol"/>'), "paracétamol"),
        (f'<code code="1" codeSystem="1.2" displayName="DOLIFICTIF">{atc}</code>', "paracétamol"),
        (f'<code code="1" codeSystem="1.2" displayName="PARACETAMOL FICTIF">{atc}</code>', ""),
        ("<name>DOLIFICTIF</name>", ""),
    ):
        (found,) = medicines(
            read(
                an_administration(a_dose("1"), product=product),
                text="",
            )
        )
        assert found.substance == said


def a_supply(inside: str, *, product: str = a_product()) -> str:
    return f'<entry><supply classCode="SPLY" moodCode="EVN">{inside}<product>{product}</product></supply></entry>'


def test_a_supply_without_quantity_or_with_words_only() -> None:
    (found,) = medicines(
        read(an_administration(a_dose("1") + "<entryRelationship><supply><code/></supply></entryRelationship>"))
    )
    assert found.quantity == ""
    written = '<code><originalText><reference value="#nulle-part"/></originalText><translation><originalText>DOLI magistral</originalText></translation><autre/></code>'
    (found,) = medicines(read(an_administration(a_dose("1"), product=written), text=""))
    assert found.name == "DOLI magistral"


def test_what_was_given_is_counted() -> None:
    given = a_supply(
        '<quantity value="2" unit="30009000"/>', product=a_product(NAMED + "<lotNumberText>L12</lotNumberText>")
    )
    (found,) = medicines(read(given, kind=DISPENSATION))
    assert (found.quantity, found.lot, found.is_supplied) == (f"2{NBSP}boîtes", "L12", True)
    inner = f'<entryRelationship typeCode="COMP"><substanceAdministration>{a_dose("1")}{every("8")}</substanceAdministration></entryRelationship>'
    (found,) = medicines(read(a_supply('<quantity value="2"/>' + inner), kind=DISPENSATION))
    assert (found.quantity, found.dosages[0].text) == ("2", f"1{NBSP}comprimé, 3 fois par jour")


def test_a_device_is_named_by_its_code() -> None:
    device = (
        '<entry><supply classCode="SPLY" moodCode="RQO"><quantity value="1"/><participant><participantRole><playingDevice>'
        '<code code="1" displayName="Lit médical"/></playingDevice></participantRole></participant></supply></entry>'
    )
    (found,) = medicines(read(device, text="<paragraph>Lit médical</paragraph>"))
    assert (found.name, found.quantity) == ("Lit médical", "1")


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (an_administration(), "no dosage: only the narrative says it"),
        (an_administration(a_dose("1"), negated="true"), "not taken"),
        (an_administration(a_dose("1"), product='<name nullFlavor="NA"/>'), "no name"),
        (an_administration(a_dose("1")) + "<entry><observation/></entry>", "an entry that says something else"),
    ],
)
def test_the_narrative_stands_open_when_the_codes_do_not_say_enough(entry: str, why: str) -> None:
    reading = read(entry)
    assert medicines(reading) == [], why
    (narrative,) = [block for section in reading.sections for block in section.blocks if isinstance(block, Narrative)]
    assert not narrative.is_folded


def test_the_narrative_is_folded_under_facts_that_say_the_same() -> None:
    reading = read(an_administration(a_dose("1")))
    (narrative,) = [block for section in reading.sections for block in section.blocks if isinstance(block, Narrative)]
    assert narrative.is_folded


def test_the_narrative_stands_open_when_it_says_more_than_the_codes() -> None:
    more = "<paragraph>PARACÉTAMOL FICTIF à prendre seulement en cas de douleur intense, jamais avec un autre antalgique</paragraph>"
    assert medicines(read(an_administration(a_dose("1")), text=more)) == []


def test_without_a_narrative_the_codes_are_all_there_is() -> None:
    assert len(medicines(read(an_administration(a_dose("1")), text=""))) == 1


def test_the_answer_counts_products() -> None:
    one, other = an_administration(a_dose("1")), an_administration(a_dose("1"), product="<name>IBUFICTIF</name>")
    assert read(one).answer == f"Un produit est prescrit{NBSP}: PARACÉTAMOL FICTIF 500 mg, comprimé."
    assert read(one + other).answer == "Deux produits sont prescrits."
    assert (
        read(a_supply('<quantity value="1"/>', product="<manufacturedProduct/>"), kind=DISPENSATION).answer
        == "Un produit a été remis."
    )
