"""Read facts of the machine: kernel, memory, storage, packages."""
