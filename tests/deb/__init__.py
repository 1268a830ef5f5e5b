"""The Debian package, built and used in a Debian 13; run by `make test-deb`."""
