"""Personal data: what is kept of whom and why, what is known of one person, and how it is erased."""
