"""The life of models in the service: what a challenger would change, and how one comes to serve."""
