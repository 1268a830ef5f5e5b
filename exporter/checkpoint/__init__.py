"""What outlives the process.

In: places in the logs, totals and memories. Out: the same after a restart or `kill -9`, from one
file that is replaced atomically; and what the page shows of series that are new.
Lost: nothing; a damaged file is told, moved aside and never believed. Read first: state.py.

file.py writes and reads the file, columns.py its series; new_series.py holds new series at 0.
"""
