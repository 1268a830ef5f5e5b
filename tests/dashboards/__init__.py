"""What the tests of the dashboards stand on: two runs in a Prometheus, a linter, its mutations."""
