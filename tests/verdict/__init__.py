"""Provider and cause are those that a person finds."""
