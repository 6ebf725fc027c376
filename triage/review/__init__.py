"""What people do with cases: queues, rulings, approvals, outcomes."""
