"""
Names of FR Core that a Patient carries: profiles, extensions, code systems, and what each of their codes means here.

Source: Interop'Santé, hl7.fhir.fr.core 2.2.0 and the sources before and after it (identity-and-messaging.md §1.4, §1.7).
"""

from carnet.domain.people.model import IdentityAttribute, IdentityStatus
from carnet.formats.fhir import systems
from carnet.vocabulary.ins import NIA, NIR, NIR_DEMO, NIR_TEST, NIR_TEST_13

_CORE = "https://hl7.fr/ig/fhir/core/"
_DEFINITION = _CORE + "StructureDefinition/"
_CODES = _CORE + "CodeSystem/"

PATIENT = _DEFINITION + "fr-core-patient"
PATIENT_INS = _DEFINITION + "fr-core-patient-ins"  # the identifiers INS exist in this one only

RELIABILITY = _DEFINITION + "fr-core-identity-reliability"
BIRTH_LIST_GIVEN_NAME = _DEFINITION + "fr-core-patient-birth-list-given-name"
INSEE_CODE = _DEFINITION + "fr-core-address-insee-code"
BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"

IDENTITY_STATUS = _CODES + "fr-core-cs-identity-status"
STATUS_COMMENT = _CODES + "fr-core-cs-identity-status-comment"
METHOD_COLLECTION = _CODES + "fr-core-cs-method-collection"
VALIDATION_MODE = _CODES + "fr-core-cs-mode-validation-identity"

# Before 2.2.0, statuses and comments were one list, and VALI said that an identity was qualified. Read, never written.
ONE_LIST = frozenset(
    {
        _CODES + "fr-core-cs-fiabilite-identite",
        _CODES + "fr-core-fiabilite-identite",
        _CODES + "fr-core-cs-v2-0445",
        "http://terminology.hl7.org/CodeSystem/v2-0445",
    }
)
# What the one list said of an identity, beside the four statuses.
ONE_LIST_ATTRIBUTES = {
    "DOUT": (IdentityStatus.PROVISIONAL, IdentityAttribute.DOUBTFUL),
    "FICT": (IdentityStatus.PROVISIONAL, IdentityAttribute.FICTITIOUS),
}
NOT_YET_QUALIFIED = "VIDE"

METHODS = frozenset({"SM", "CV", "INSI", "CB", "RFID", "AV"})
VALIDATION_MODES = frozenset({"CN", "PA", "CS", "eCN", "IN", "AV", "LECV", "AN", "LEP", "CC", "ANCV"})

COMMUNES = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
COUNTRIES = "https://mos.esante.gouv.fr/NOS/TRE_R20-Pays/FHIR/TRE-R20-Pays"
BIRTH_PLACES = frozenset({COMMUNES, COUNTRIES, "https://mos.esante.gouv.fr/NOS/TRE_R13-Commune/FHIR/TRE-R13-Commune"})

FRENCH_TYPES = systems.IDENTIFIER_TYPES
HL7_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
LOCAL = "PI"  # the number of the person in the source's own register (IPP)
SOCIAL_SECURITY = "NH"  # the number that bills, under the same OID as a NIR: only its type tells it from a matricule

# Types of identifiers that are a matricule, with the registers each may name.
INS_TYPES = {
    "INS-NIR": frozenset({NIR}),
    "INS-NIA": frozenset({NIA}),
    "INS-NIR-TEST": frozenset({NIR_TEST, NIR_TEST_13}),
    "INS-NIR-DEMO": frozenset({NIR_DEMO}),
}
# As we write them: what `.13` means was not found, so it is left without a type.
TYPE_OF_REGISTER = {NIR: "INS-NIR", NIA: "INS-NIA", NIR_TEST: "INS-NIR-TEST", NIR_DEMO: "INS-NIR-DEMO"}
