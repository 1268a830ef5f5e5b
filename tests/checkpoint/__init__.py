"""What is committed outlives everything, and new series begin at 0."""
