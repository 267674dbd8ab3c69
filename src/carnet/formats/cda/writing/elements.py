"""The small elements that a header is made of: codes, times, identifiers, addresses, names."""

import re
from datetime import datetime
from html import escape

from carnet.formats.cda.writing.model import PersonName, PostalAddress
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.moments import Moment

SYSTEM_NAMES = {
    "2.16.840.1.113883.6.1": "LOINC",
    "2.16.840.1.113883.6.3": "CIM-10",
    "2.16.840.1.113883.6.96": "SNOMED CT",
    "1.2.250.1.213.2.5": "CCAM",
    "1.2.250.1.213.2.3.1": "CIS",
    "2.16.840.1.113883.6.73": "ATC",
    "0.4.0.127.0.16.1.1.2.1": "EDQM",
    "1.2.840.10008.2.16.4": "DCM",
}
NO_ADDRESS = '<addr nullFlavor="NASK"/>'
NO_TELECOM = '<telecom nullFlavor="NASK"/>'

# XML has no place for them, escaped or not.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def text(value: str) -> str:
    """A text as XML writes it, in an element or an attribute."""
    return escape(_UNWRITABLE.sub("", value))


def coded(tag: str, code: Code, content: str = "", *, kind: str = "") -> str:
    """A coded element. kind: its `xsi:type`. content: XML inside it."""
    name = f' codeSystemName="{SYSTEM_NAMES[code.system]}"' if code.system in SYSTEM_NAMES else ""
    display = f' displayName="{text(code.display)}"' if code.display else ""
    typed = f' xsi:type="{kind}"' if kind else ""
    opening = f'<{tag}{typed} code="{text(code.code)}"{display} codeSystem="{code.system}"{name}'
    return f"{opening}>{content}</{tag}>" if content else f"{opening}/>"


def stamp(at: datetime) -> str:
    """HL7 TS to the second, with its offset."""
    return f"{at:%Y%m%d%H%M%S%z}"


def timestamp(moment: Moment) -> str:
    """HL7 TS with the precision of the moment: `2024`, `20240312`, `20240312101500+0100`."""
    day, _, clock = moment.text.partition("T")
    if not clock:
        return day.replace("-", "")
    shown = re.sub(r"\.\d+", "", clock.replace("Z", "+00:00"))
    return (day + shown[:8]).replace("-", "").replace(":", "") + shown[8:].replace(":", "")


def identifier(root: str, extension: str | None = None, tag: str = "id") -> str:
    return f'<{tag} root="{root}"{_extension(extension)}/>'


def unique_id(value: UniqueId, tag: str = "id") -> str:
    return identifier(value.root, value.extension, tag) + "\n"


def template(root: str, extension: str | None = None) -> str:
    return f'<templateId{_extension(extension)} root="{root}"/>\n'


def _extension(extension: str | None) -> str:
    return f' extension="{text(extension)}"' if extension else ""


def address(known: PostalAddress | None) -> str:
    if known is None:
        return NO_ADDRESS
    return (
        f"<addr><houseNumber>{text(known.number)}</houseNumber><streetName>{text(known.street)}</streetName>"
        f"<postalCode>{text(known.postal_code)}</postalCode><city>{text(known.city.upper())}</city><country>FRANCE</country></addr>"
    )


def telecom(url: str, use: str | None = None) -> str:
    used = f' use="{use}"' if use else ""
    return f'<telecom value="{text(url)}"{used}/>'


def phone(number: str | None) -> str:
    return telecom(f"tel:{number}", "WP") if number else NO_TELECOM


def name(known: PersonName) -> str:
    """prefix, given, family, suffix, those that are known."""
    prefix = f"<prefix>{text(known.prefix)}</prefix>" if known.prefix else ""
    suffix = f"<suffix>{text(known.suffix)}</suffix>" if known.suffix else ""
    return f"<name>{prefix}<given>{text(known.given)}</given><family>{text(known.family)}</family>{suffix}</name>"
