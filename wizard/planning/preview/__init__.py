"""What answers would do, for a screen that shows it while the operator types: quick, and without a plan."""
