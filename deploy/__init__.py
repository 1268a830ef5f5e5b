"""What an installed exporter comes with: its unit, its user, man pages, completion of its flags."""
