"""What the wizard does, one part a module; the App owns one of each and passes the operator's requests on.

A controller gets all that it uses as arguments, so that it can be tested without an App.
"""
