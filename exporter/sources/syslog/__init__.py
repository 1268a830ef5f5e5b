"""Syslog messages that are sent to the exporter, by a Unix socket, UDP or TCP.

In: addresses. Out: blocks of lines, as the parser reads them.
Lost: what source.py says. Read first: source.py.

address.py reads an address and opens it; receiver.py is the thread that reads its sockets,
connections.py those of TCP; lines.py takes messages out of datagrams and streams; queue.py keeps
them until the pipeline takes them.
"""
