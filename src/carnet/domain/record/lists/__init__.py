"""Lists of a record: submission sets (lots de soumission) and folders (classeurs). Source: ITI-65, ITI-66; documents.md §2.2, §3."""
