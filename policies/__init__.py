"""Score and case to decision: pure. One versioned YAML document per domain holds the rules; this code only reads
them."""
