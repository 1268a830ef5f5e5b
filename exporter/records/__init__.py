"""Bytes of log lines to delivery records.

In: blocks of complete lines. Out: records of Postfix' delivery agents in log order, messages that
left the queue, and how many lines were what.
Lost: nothing silently; a record that cannot be read is counted as `unparsed`. Pure: no input, no
output, no clock. Read first: parse.py for blocks, line.py for the grammar of one line.

headers.py rewrites the headers of other daemons, templates and tools to those that line.py reads,
moments.py their times; fields.py is what a record consists of. agents.py tells who wrote a record,
removed.py which messages left the queue, senders.py who sent them, timestamps.py when; patterns.py
has what patterns are made of, and selftest.py what a Python must read right at start. kinds.py is
the headers that lines of a log have in common, first_line.py those that are like a block's first,
services/ what Postfix' other services say. shares.py says how much was not understood, shape.py
what a line looks like without what it says.
"""
