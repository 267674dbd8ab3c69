"""People at the portals: their preferences, their visits, and the connections that are open."""
