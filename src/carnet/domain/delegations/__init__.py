"""Feeding in the name of a professional of one's structure: who named whom, until when, and whether it holds."""
