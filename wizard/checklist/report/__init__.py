"""A report as text, one file per format. What may not live here: judging."""
