"""Between environments: what one decides by, as a signed file, compared with another and taken over there."""
