"""Documents as the portals list them: what a list is asked, how each is shown."""
