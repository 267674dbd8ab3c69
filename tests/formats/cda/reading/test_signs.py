from tests.builders.readings import a_section, a_structured

from carnet.formats.cda.reading.document import read_cda
from carnet.formats.cda.reading.model import Signs


def a_sign(value: str, *, name: str = "Poids", time: str = "", template: str = "1.2.250.1.213.1.1.3.50") -> str:
    label = f' displayName="{name}"' if name else ""
    return (
        f'<component><observation><templateId root="{template}"/><code code="29463-7"{label}/>{time}'
        f'<value xsi:type="PQ" {value}/></observation></component>'
    )


def signs(*components: str, text: str = "<paragraph>Poids 60 kg</paragraph>") -> list[tuple[str, str, str]]:
    entry = f'<entry><organizer classCode="CLUSTER"><effectiveTime value="20240301"/>{"".join(components)}</organizer></entry>'
    reading = read_cda(a_structured(a_section(text, entry)))
    found = [
        each
        for section in reading.sections
        for block in section.blocks
        if isinstance(block, Signs)
        for each in block.signs
    ]
    return [
        (each.name, str(each.measure).replace("\N{NO-BREAK SPACE}", " "), each.at.text if each.at else "")
        for each in found
    ]


def test_signs_have_their_day_or_that_of_all() -> None:
    own = '<effectiveTime value="20240302"/>'
    assert signs(a_sign('value="60" unit="kg"'), a_sign('value="60.5" unit="kg"', time=own)) == [
        ("Poids", "60 kg", "2024-03-01"),
        ("Poids", "60,5 kg", "2024-03-02"),
    ]


def test_what_says_nothing_or_is_no_sign_is_left_out() -> None:
    assert (
        signs(
            a_sign('nullFlavor="UNK"'),
            a_sign('value="60"', name=""),
            a_sign('value="60"', template="9.9"),
            "<component/>",
            "<specimen/>",
            text="",
        )
        == []
    )
