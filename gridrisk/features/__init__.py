"""What the surroundings do to each segment."""
