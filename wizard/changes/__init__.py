"""Make, verify and roll back single changes of a host."""
