"""Lines are read as they stand, by every Python and however they are cut."""
