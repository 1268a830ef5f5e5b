"""A real Postfix of several Debians, each in namespaces of its own; run by `make test-postfix`."""
