"""The laboratory beside the product: simulated retailers, exact posterior, benchmarks. The product never imports it."""
