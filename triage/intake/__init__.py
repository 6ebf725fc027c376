"""From a submission to a stored decision."""
