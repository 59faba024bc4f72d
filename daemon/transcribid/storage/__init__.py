"""What touches disks: recordings, what is made of them, and where both are kept."""
