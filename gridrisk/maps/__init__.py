"""Maps in one file that need no network."""
