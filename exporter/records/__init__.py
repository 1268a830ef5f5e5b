"""Bytes of log lines to delivery records.

In: blocks of complete lines. Out: records of Postfix' delivery agents in log order, messages that
left the queue, and how many lines were what.
Lost: nothing silently; a record that cannot be read is counted as `unparsed`. Pure: no input, no
output, no clock. Read first: parse.py.
"""
