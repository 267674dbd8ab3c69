"""A CDA of level 1: a header around one file. Source: documents.md §5.3; IHE ITI TF-3 §5.2 (XDS-SD)."""

import pybase64

from carnet.formats.cda.writing.header import CLOSING


def unstructured(header: str, content: bytes, media_type: str = "application/pdf") -> bytes:
    """
    The whole document.

    Takes
        header: from `write_header`. content, media_type: the file, of a type that `media.UNSTRUCTURED` allows.
    """
    return b"".join(
        (
            header.encode(),
            f'<component><nonXMLBody><text mediaType="{media_type}" representation="B64">'.encode(),
            pybase64.b64encode(content),
            b"</text></nonXMLBody></component>",
            CLOSING.encode(),
        )
    )
