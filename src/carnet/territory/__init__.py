"""
An invented territory: people, professionals, organisations, and ten years of documents, from one seed.

What is invented
    - citizens with their civil identities (test matricules with a true key), homes, families, conditions and allergies: children, elderly,
      twins, homonyms, someone from Corsica, someone born abroad, accents and double-barrelled names, a waiting number (NIA);
    - professionals of fifteen professions in twenty organisations, with identifiers of the right form and key but outside the ranges
      that the real registers give out (FINESS of a department 00, RPPS in 999…);
    - documents: CDA with a PDF body (N1), CDA with coded content (N3), PDF deposited by citizens with their fiche. A person's story
      holds together: the conditions explain the treatments, the treatments move the results.

Any resemblance to persons, places or documents that exist is chance. Each page of each document says « Document fictif ».

Where things are: `invent` is the way in; `citizens`, `professionals`, `organizations` people it; `agenda` plans who lives through
what and when; `documents/` writes one family of documents per file; `cda_header`, `cda_body` and `pdf` are the pens. Nothing here does
any input or output beyond reading its own font, nor reads a clock: the same seed and the same day give the same bytes.
"""
