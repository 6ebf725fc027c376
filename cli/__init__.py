"""The command line: the only room that knows both serving and training."""
