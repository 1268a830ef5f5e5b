"""Where log lines come from, exactly once.

In: paths and globs, and the places where an earlier run stopped. Out: blocks of complete lines,
and after each block the place behind it.
Lost: what cannot be read any more; it is counted as a gap and said. Only files.py imports pygtail.
Read first: watch.py, then follow.py.
"""
