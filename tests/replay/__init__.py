"""What the rules would have said of a log."""
