"""The statements that file a submission: one call of `file_submission`, and of what else the act settles or asks for."""

from typing import LiteralString

# The first segment is most often the only one: by itself it is sent as it stands, where a list would copy it.
_FILING: LiteralString = """
    file_submission(
        %(patient)s, %(facts_version)s, %(event)s, %(event_type)s, %(at)s, %(commitment)b, %(event_body)b, %(unique_ids)s,
        %(entry_ids)s, %(set)s::text::jsonb, %(set_body)b, %(classes)s::text::jsonb, %(entries)s::text::jsonb, %(fiches)b,
        %(content_ids)s, %(content_segments)s::int[],
        array_prepend(%(first_segment)b, %(more_segments)b::bytea[]), %(associations)s::text::jsonb, %(deprecated)s::text::jsonb)
"""
FILE = f"SELECT {_FILING}"
# What replaces a document, or speaks of folders.
FILE_AND_SETTLE = f"""
    SELECT file_folders(
        %(patient)s, settle_versions(%(patient)s, {_FILING}, %(event)s, %(classes)s::text::jsonb, %(settled)s::text::jsonb),
        %(set)s::text::jsonb, %(associations)s::text::jsonb, %(folders)s::text::jsonb, %(folder_bodies)b::bytea[],
        %(members)s::text::jsonb)
"""
# What may state facts of health: those who read them are told in the same act.
_AND_ASK: LiteralString = (
    "SELECT ask_after_filing(%(patient)s, ({filing}), %(job)s, %(job_kind)s, %(job_payload)s::text::jsonb, %(at)s)"
)
FILE_AND_ASK = _AND_ASK.format(filing=FILE)
FILE_SETTLE_AND_ASK = _AND_ASK.format(filing=FILE_AND_SETTLE)
