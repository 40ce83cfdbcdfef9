"""Find what a change would break or lose."""
