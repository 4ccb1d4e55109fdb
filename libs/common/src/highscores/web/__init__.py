"""The HTTP edge that the three web services share: what is alike in all of them, and nothing that is one's own."""
