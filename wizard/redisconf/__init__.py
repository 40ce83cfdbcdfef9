"""The text of redis.conf and what each of its directives means.

A document is lossless, an edit touches only the lines it names, and every rule about directives
comes from one table. Nothing here reads a file: contents come in as bytes.
"""
