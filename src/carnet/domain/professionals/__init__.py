"""Professionals at the portal: their connections, and the situation in which they practise now."""
