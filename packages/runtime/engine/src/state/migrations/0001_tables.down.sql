drop table sluice.outbox, sluice.taken, sluice.ledger, sluice.attempt, sluice.task_run, sluice.pool, sluice.process_role, sluice.worker,
  sluice.run, sluice.backfill, sluice.definition_error, sluice.dep, sluice.definition, sluice.pipeline, sluice.version cascade;
