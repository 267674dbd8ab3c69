"""Names of PDSm, MHD, FHIR and the Annuaire that the wire carries: profiles, extensions, code and identifier systems."""

# The one place that names what is ours: the code system of issues, and what no guide specifies yet.
OWN = "https://carnet.example/fhir/"
ISSUE_SYSTEM = OWN + "CodeSystem/issue"
REFUSALS_OPERATION = OWN + "OperationDefinition/refusals"
REFUSED_TRANSACTION = OWN + "StructureDefinition/refused-transaction"
REFUSED_STATUS = OWN + "StructureDefinition/refused-status"

# Ours until ANS says how a Consent declares an authorisation of the DMP (docs/transactions/consent.md).
CONSENT_KIND = "https://carnet.example/fhir/CodeSystem/consent-kind"
CONSENT_BASIS = "https://carnet.example/fhir/CodeSystem/consent-basis"
CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"

URI = "urn:ietf:rfc:3986"
OID_PREFIX = "urn:oid:"
UUID_PREFIX = "urn:uuid:"

_PDSM = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/"
_MHD = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/"

PDSM_GUIDE = "https://interop.esante.gouv.fr/ig/fhir/pdsm/ImplementationGuide/ans.fhir.fr.pdsm"
PDSM_MANAGER = "https://interop.esante.gouv.fr/ig/fhir/pdsm/CapabilityStatement/PDSm-GestionnaireDePartageDeDocuments"
MHD_RECIPIENT = "https://profiles.ihe.net/ITI/MHD/CapabilityStatement/IHE.MHD.DocumentRecipient.Comprehensive"
MHD_SIMPLIFIED = "https://profiles.ihe.net/ITI/MHD/CapabilityStatement/IHE.MHD.DocumentRecipient.Simplified"
MHD_RESPONDER = "https://profiles.ihe.net/ITI/MHD/CapabilityStatement/IHE.MHD.DocumentResponder"

DOCUMENT_REFERENCE_PROFILE = _PDSM + "pdsm-comprehensive-document-reference"
SUBMISSION_SET_PROFILE = _PDSM + "pdsm-submissionset-comprehensive"
FOLDER_PROFILE = _PDSM + "pdsm-folder-comprehensive"
SIMPLIFIED_PUBLISH_PROFILE = _PDSM + "pdsm-simplified-publish"
PROVIDE_BUNDLE_PROFILE = _PDSM + "pdsm-comprehensive-provide-document-bundle"

IS_ARCHIVED = _PDSM + "pdsm-ext-is-archived"
IS_DELETED = _PDSM + "pdsm-ext-is-deleted"
INTENDED_RECIPIENT = _PDSM + "pdsm-ext-intended-recipient"
DESIGNATION_TYPE = _MHD + "ihe-designationType"
SOURCE_ID = _MHD + "ihe-sourceId"
SOURCE_PATIENT_ID = _MHD + "ihe-sourcePatientId"
AUTHOR_ORG = _MHD + "ihe-authorOrg"
LIST_TYPES = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes"

RPPS = "https://rpps.esante.gouv.fr"
ADELI = "https://adeli.esante.gouv.fr"
FINESS = "https://finess.esante.gouv.fr"
SIRENE = "https://sirene.fr"
RPPS_RANG = "https://rppsrang.esante.gouv.fr"
IDENTIFIER_TYPES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"

V3_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
VISIBILITY = "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument"
# A published PDSm example spells the system so, and hospitals copy examples.
VISIBILITY_MISSPELT = (
    "https://mos.esante.gouv.fr/NOS/TRE_A07-StatusVisibiliteDocument/FHIR/TRE-A07-StatusVisibiliteDocument"
)
TRE_A08 = "https://mos.esante.gouv.fr/NOS/TRE_A08-HL7Confidentiality/FHIR/TRE-A08-HL7Confidentiality"
CONFIDENTIALITY_OID = "2.16.840.1.113883.5.25"
VISIBILITY_OID = "1.2.250.1.213.1.1.4.13"

FHIR_JSON = "application/fhir+json"
