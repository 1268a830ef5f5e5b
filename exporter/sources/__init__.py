"""Where log lines come from, exactly once.

In: paths and globs, a journal, streams, syslog, and the places where an earlier run stopped.
Out: blocks of complete lines, and after each block the place behind it.
Lost: what cannot be read any more; it is counted as a gap and said. Only files.py imports pygtail.
Read first: source.py for what each promises; watch.py for all files, then follow.py for one.

rotation.py says which files belong to a log, in order; chain.py which of them are open and were
read, and which comes next; place.py is what is kept of that. files.py is one open file, blocks.py
its lines, plain or packed, framing.py what a container runtime or a collector wraps round them;
entry.py makes a line of fields, journal_export.py reads the journal's export format, long_entry.py
an entry of it that is longer than a block.

journal.py is the journal, journalctl.py the child that reads it, suppressed.py what journald says
that it did not take, whole_journal.py reads the journal to its end; stream.py is standard input and
FIFOs; syslog/ is what is sent by syslog.
"""
