"""
The facts of health that a CDA states, out of its coded entries and, where there are none, out of its own words.

Source: CI-SIS, sections FR-Allergies-et-hypersensibilites (1.2.250.1.213.1.1.2.137), FR-Problemes-actifs (…132), FR-Antecedents-medicaux
(…134), FR-Historique-des-actes (…136), FR-Traitements (…143), FR-Facteurs-de-risques (…31); documents.md §5.3.
"""
