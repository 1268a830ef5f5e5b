"""What waits in Postfix' queue now, as showq(8) tells, counted within bounds.

In: the path of showq's socket. Out: a Reading: how many messages wait, how old and how large they
are, and for which receivers; or why that could not be read.
Lost: nothing is kept of one reading for the next. Read first: watch.py for who reads when.

showq.py takes a reply apart, counting.py counts it, figures.py is what comes of it; reading.py is
the child that does all this; options.py is its section of the configuration.
"""
