"""What each domain's heads learn."""
