"""Read the units of servers, their files and properties."""
