"""
Choosing a professional or a structure in the directory, for any page that needs one.

A page gives `Picker.address(…)` as a link; the choice leads back to it with whoever was chosen, who `Picker.chosen` gives.
"""

from carnet.portals.citizen.professionals.picking import SEARCH, Picker, routes

__all__ = ["SEARCH", "Picker", "routes"]
