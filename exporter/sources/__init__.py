"""Where log lines come from: files and their rotated copies, and what containers wrap round them."""
