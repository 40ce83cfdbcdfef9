"""Widgets that Textual does not have: fields of a form, lists, the diff. No widget knows what its values mean."""
