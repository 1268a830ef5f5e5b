"""Who refused, and why: the labels `provider` and `cause`.

In: delivery records in log order. Out: for each failure the provider and the rule that tells the
cause; for each delivery the provider.
Lost: nothing; what no rule knows is `other`. Pure but for knowledge.py, which reads the rules and
tables in data/ once. What a code, a reply or a host means stands in data/ and nowhere else.
Read first: judge.py.
"""
