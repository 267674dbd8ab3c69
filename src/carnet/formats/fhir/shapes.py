"""
The elements of FHIR R4 that we read, as a table; what a resource holds beyond it is told, never passed over in silence.

Notation of a line: `name:type` an element we keep (`*` after the type: an array; `+`: an extension that may stand several times), `~name` known to FHIR and not kept (a warning says so),
`=name` technical and free of meaning here, `!name` refused by the profile.
Source: FHIR R4 (DocumentReference, List, Bundle, Binary, Parameters and data types); PDSm 3.1 and MHD 4.2 for what is refused.
"""

from carnet.formats.fhir import systems
from carnet.formats.fhir.structure import Shape, compile_shapes

_RESOURCE = "=resourceType =id =meta =language =text !implicitRules"

SHAPES: dict[str, Shape] = compile_shapes(
    {
        "Coding": "=id system:string code:string display:string ~version ~userSelected",
        "CodeableConcept": "=id coding:Coding* ~text",
        "Identifier": "=id =use type:CodeableConcept system:string value:string ~period ~assigner",
        "Reference": "=id reference:string type:string identifier:Identifier display:string",
        "Period": "=id start:string end:string",
        "HumanName": "=id use:string text:string family:string given:string* prefix:string* suffix:string* ~period",
        "Attachment": "=id contentType:string language:string data:string url:string size:integer hash:string title:string creation:string",
        "Annotation": "=id text:string ~authorReference ~authorString ~time",
        "Practitioner": f"{_RESOURCE} =active identifier:Identifier* name:HumanName* ~telecom ~address ~gender ~birthDate ~photo"
        " ~qualification ~communication",
        "PractitionerRole": f"{_RESOURCE} =active identifier:Identifier* practitioner:Reference organization:Reference"
        " code:CodeableConcept* specialty:CodeableConcept* ~period ~location ~healthcareService ~telecom ~availableTime"
        " ~notAvailable ~availabilityExceptions ~endpoint",
        "Organization": f"{_RESOURCE} =active identifier:Identifier* name:string ~type ~alias ~telecom ~address ~partOf ~contact ~endpoint",
        "DeviceName": "=id name:string type:string",
        "Device": f"{_RESOURCE} identifier:Identifier* deviceName:DeviceName* modelNumber:string manufacturer:string ~definition ~udiCarrier"
        " ~status ~statusReason ~distinctIdentifier ~manufactureDate ~expirationDate ~lotNumber ~serialNumber ~partNumber ~type"
        " ~specialization ~version ~property ~patient ~owner ~contact ~location ~url ~note ~safety ~parent",
        "Patient": f"{_RESOURCE} =active identifier:Identifier* name:HumanName* gender:string birthDate:string ~telecom ~deceasedBoolean"
        " ~deceasedDateTime ~address ~maritalStatus ~multipleBirthBoolean ~multipleBirthInteger ~photo ~contact ~communication"
        " ~generalPractitioner ~managingOrganization ~link",
        "RelatesTo": "=id code:string target:Reference",
        "Content": "=id attachment:Attachment format:Coding",
        "Context": "=id ~encounter event:CodeableConcept* period:Period facilityType:CodeableConcept practiceSetting:CodeableConcept"
        " sourcePatientInfo:Reference related:Reference*",
        "DocumentReference": f"{_RESOURCE} contained:Contained* masterIdentifier:Identifier ~identifier status:string ~docStatus"
        " type:CodeableConcept category:CodeableConcept* subject:Reference date:string author:Reference* authenticator:Reference"
        " custodian:Reference relatesTo:RelatesTo* description:string securityLabel:CodeableConcept* content:Content* context:Context",
        "Source": "=id reference:string type:string identifier:Identifier display:string",
        "ListEntry": "=id !flag !deleted !date item:Reference",
        "List": f"{_RESOURCE} contained:Contained* identifier:Identifier* status:string mode:string title:string code:CodeableConcept"
        " subject:Reference !encounter date:string source:Source !orderedBy note:Annotation* entry:ListEntry* !emptyReason",
        "ConsentActor": "=id role:CodeableConcept reference:Reference",
        "Provision": "=id type:string period:Period actor:ConsentActor* !action !securityLabel !purpose !class !code !dataPeriod !data"
        " !provision",
        "Consent": f"{_RESOURCE} !identifier status:string scope:CodeableConcept category:CodeableConcept* patient:Reference !dateTime"
        " !performer !organization !sourceAttachment !sourceReference !policy policyRule:CodeableConcept !verification"
        " provision:Provision",
        "Binary": f"{_RESOURCE} contentType:string ~securityContext data:string",
        "Part": "=id name:string valueCode:string valueString:string",
        "Parameter": "=id name:string part:Part*",
        "Parameters": f"{_RESOURCE} parameter:Parameter*",
        "Request": "=id method:string url:string !ifNoneMatch !ifModifiedSince !ifMatch !ifNoneExist",
        "Entry": "=id fullUrl:string resource:object request:Request ~link ~search ~response",
        "Bundle": f"{_RESOURCE} ~identifier type:string =timestamp =total =link entry:object* ~signature",
    },
    extensions={
        "DocumentReference": {systems.IS_ARCHIVED: "valueBoolean:boolean", systems.IS_DELETED: "valueBoolean:boolean"},
        "List": {
            systems.DESIGNATION_TYPE: "valueCodeableConcept:CodeableConcept",
            systems.SOURCE_ID: "valueIdentifier:Identifier",
            systems.SOURCE_PATIENT_ID: "valueReference:Reference",
            systems.IS_ARCHIVED: "valueBoolean:boolean",
            systems.INTENDED_RECIPIENT: "valueReference:Reference+",
        },
        "Source": {systems.AUTHOR_ORG: "valueReference:Reference"},
    },
    contained=("Practitioner", "PractitionerRole", "Organization", "Device", "Patient"),
    repeated={"CodeableConcept", "Practitioner", "PractitionerRole", "Organization", "Device"},
)
