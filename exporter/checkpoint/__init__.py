"""What outlives the process.

In: places in the logs, totals and memories. Out: the same after a restart or `kill -9`, from one
file to which each commit appends what changed; and what the page shows of series that are new.
Lost: nothing; a damaged file is told, moved aside and never believed. Read first: file.py.

state.py is all that is kept, as tables; rows.py writes the rows that changed (order.py finds them
soon), blocks.py makes a commit of them that is whole or is none. new_series.py holds new series at
0. format5.py to format8.py read the files of earlier builds.
"""
