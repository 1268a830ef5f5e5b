"""The queue, as showq tells of it: replies of real ones, and of one that does what it is told."""
