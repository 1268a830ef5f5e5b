"""Everything that starts real programs: exporters, Prometheus, Alertmanager, logrotate, make, pip."""
