"""Who refused, and why: the labels `provider` and `cause`.

In: delivery records in log order. Out: for each failure the provider and the rule that tells the
cause; for each delivery the provider.
Lost: nothing; what no rule knows is `other`. Pure but for knowledge.py, which reads the rules and
tables in data/ once, and registered.py, which reads the list of public suffixes. What a code, a
reply or a host means stands in data/ and nowhere else.
Read first: judge.py for a record, classify.py for its reply.

phrases.py finds the words of a rule in a reply, providers.py the owner of a relay, registered.py
the registered domain of a host; destination.py gives the label of a domain and tells our own relays
from others; bounded.py remembers so much.
"""
