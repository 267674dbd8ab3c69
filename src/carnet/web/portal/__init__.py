"""What the portals share: who is signed in, forms, the frame of pages, state in links."""
