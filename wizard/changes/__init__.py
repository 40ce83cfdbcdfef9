"""Make, verify and undo single changes of a host."""
