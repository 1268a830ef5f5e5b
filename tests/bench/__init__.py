"""The benchmarks are what they say."""
