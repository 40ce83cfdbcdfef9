"""Certificates: names to SANs, an authority, certificates for servers and clients, and their proof.

No disk, no clock: PEM bytes in, PEM bytes out, the time is an argument.
"""
