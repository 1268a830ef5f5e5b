"""YAML is bounded, and an error is one line."""
