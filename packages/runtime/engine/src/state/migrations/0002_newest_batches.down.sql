drop index sluice.ledger_newest;
