"""What is counted where, and what bounds it."""
