"""Man pages and completions, made of the flags that the commands themselves know.

In: the commands' parsers, and the words of commands.py. Out: `deploy/man`, `deploy/completions`.
`make docs` writes them. Read first: commands.py
"""
