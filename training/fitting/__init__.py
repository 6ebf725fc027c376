"""From a data set to a trained bundle."""
