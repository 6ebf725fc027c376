"""What a reviewer judges a model by."""
