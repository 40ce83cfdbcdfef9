"""Find the servers of a host, and observe each one."""
