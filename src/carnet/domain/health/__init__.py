"""
What documents state of a person's health, kept beside each of them: allergies, points of vigilance, problems, history, treatments.

The document stays the truth: a fact is shown with its source, to those who may read that source. See docs/decisions/0043-health-facts.md.
"""
