"""deploy/ through the tools that read it elsewhere; run by `make test-deploy`."""
