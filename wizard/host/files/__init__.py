"""Read and change files below one root without following planted links."""
