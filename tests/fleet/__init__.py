"""Many hosts and one place that judges them; run by `make test-fleet`."""
