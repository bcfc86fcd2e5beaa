"""Work that spans several crud modules or leaves the process."""
