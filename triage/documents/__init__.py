"""Trade documents: taken in, kept, matched, and handed to intake where they do not match."""
