"""The life of a policy version: drafted, checked, published, shadowed, rolled back."""
