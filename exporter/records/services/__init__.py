"""What Postfix' other services say: lines that are no delivery records, to events.

In: what the parser leaves of a block's lines. Out: how often each event stands in them.
Lost: nothing silently; what no collector knows is no event. Pure. Read first: forms.py, which says
what is left of a line, and reader.py; then smtpd.py as an example of a collector.

A collector is a module with the usual forms and the beginnings of other texts that it wants, and
the functions that read them; event.py says what both are. collectors.py is the table of all.
Trust: a client chooses HELO, sender and the name of its address, a receiver its replies, a message
its headers. So each text is read from its beginning, in the order in which Postfix writes it, and
what an outsider may have written is never searched. A value comes from a table here, or has a form
whose number of values counts/collected.py bounds.
"""
