"""Trade documents: invoices, orders, despatch advices and receipts, read from their formats, checked and matched."""
