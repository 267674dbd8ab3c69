"""
The elements of a Patient that an identity is read from, in the notation of `formats/fhir/shapes`; and those of `$match`.

`link` is refused: it says that the resource stands for another one. Source: FHIR R4 Patient; FR Core (identity-and-messaging.md §1.7).
"""

from carnet.formats.fhir.identity import fr_core
from carnet.formats.fhir.structure import Shape, compile_shapes

_RESOURCE = "=resourceType =id =meta =language =text !implicitRules"

SHAPES: dict[str, Shape] = compile_shapes(
    {
        "Coding": "=id system:string code:string =display =version =userSelected",
        "CodeableConcept": "=id coding:Coding* =text",
        "Period": "=id start:string end:string",
        "Identifier": "=id use:string type:CodeableConcept system:string value:string period:Period ~assigner",
        "Name": "=id use:string =text family:string given:string* ~prefix ~suffix ~period",
        "BirthAddress": "=id =use =type =text =line =city =district =state =postalCode =country =period",
        "Patient": f"{_RESOURCE} active:boolean identifier:Identifier* name:Name* gender:string birthDate:string"
        " deceasedBoolean:boolean deceasedDateTime:string !link ~contained ~telecom ~address ~maritalStatus"
        " ~multipleBirthBoolean ~multipleBirthInteger ~photo ~contact ~communication ~generalPractitioner ~managingOrganization",
        "Parameter": "=id name:string resource:object valueBoolean:boolean valueInteger:integer",
        "Parameters": f"{_RESOURCE} parameter:Parameter*",
    },
    extensions={
        # A part of this one may be repeated, which the notation cannot say: `reliability` reads them.
        "Patient": {fr_core.RELIABILITY: "extension:object*", fr_core.BIRTH_PLACE: "valueAddress:BirthAddress"},
        "BirthAddress": {fr_core.INSEE_CODE: "valueCoding:Coding"},
        "Name": {fr_core.BIRTH_LIST_GIVEN_NAME: "valueString:string"},
    },
    contained=(),
)
