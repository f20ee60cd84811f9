-- The newest batch of a dataset, by when its sink wrote it: a ledger that was rebuilt has its rows in another order.
create index ledger_newest on sluice.ledger (dataset, ((receipt ->> 'writtenAt')::bigint) desc) where status = 'written';
