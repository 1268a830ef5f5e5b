"""Every line is read once, whatever is done to the files."""
