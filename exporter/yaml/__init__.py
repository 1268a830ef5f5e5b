"""One YAML file to plain values.

In: a path. Out: values that fit a schema, or an error that names the file, the key and what was
expected. Bounded in size and depth.
Lost: nothing. Read first: schema.py. builtin.py reads the exporter's own files.
"""
