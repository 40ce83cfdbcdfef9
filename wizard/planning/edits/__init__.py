"""Change the text of files and show the difference."""
