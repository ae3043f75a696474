"""A sample city whose truth is known."""
