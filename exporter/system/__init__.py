"""What touches the operating system, and how errors are told.

In: what a user named, what the process does. Out: opened files, log lines on standard error,
exceptions that say what is wrong, where, and what to do.
Lost: nothing. Imports no other folder. Read first: errors.py.

logs.py is the exporter's own log, regular_file.py opens what a person named, allocator.py gives
memory back, credentials.py finds what systemd hands over, manager.py tells it
how we are.
"""
