"""From what a platform exports to submissions: which files there are, and whose."""
