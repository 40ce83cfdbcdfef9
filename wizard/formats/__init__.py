"""Parse and write file formats without losing a byte."""
