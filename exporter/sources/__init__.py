"""Where log lines come from: files, their rotated copies, and what containers wrap round them."""
