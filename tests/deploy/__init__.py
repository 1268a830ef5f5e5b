"""What an installed exporter comes with."""
