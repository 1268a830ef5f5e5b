"""The page is what prometheus_client would have written."""
