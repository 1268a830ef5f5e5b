"""kill -9 at random moments while a writer, a real rotation and two scrapers are at work.

Every delivery line carries its number; twenty neighbours share a domain. The disk and the writer
are the oracle: in the end every line that stands in some file of the log must have been counted,
none twice, so for each domain `on disk <= counted <= written`, where lines that the rotation itself
lost make the difference. At every scrape nothing is counted that was not written by then, and for
each scraper no counter of any series ever falls or leaves.
By hand: `make fuzz SECONDS=60`.
"""
