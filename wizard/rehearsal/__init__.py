"""Run the real binary on the planned configuration before anything changes."""
