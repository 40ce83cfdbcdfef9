"""What the packet filter of a host does with a new TCP connection from another host; nothing of Redis."""
