"""What commands do to the ledger, each in one transaction: batches of submissions, and the lives of boards."""
