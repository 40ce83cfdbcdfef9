"""The command line: arguments → one use of the core → exit status. One file a command."""
