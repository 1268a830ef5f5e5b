"""The heuristics on counts by quarter of an hour."""
