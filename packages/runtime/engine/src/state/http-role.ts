import { openProcessRole, type ProcessRole, roleOf } from './process-role.ts'

const rights = {
  of: 'HTTP processes',
  suffix: 'http',
  risk: 'whoever breaks into one can read and change all of it',
  doors: [
    'create_runs',
    'cancel_runs',
    'reset_tasks',
    'renew',
    'reprocess',
    'set_paused',
    'admit',
    // A look at a source asks it within the limits that all calls to its connection share, with the token that they share.
    'begin_call',
    'end_call',
    'hold_calls',
    'kept_token',
    'keep_token',
  ],
  // Not among it: passwords of processes, kept tokens (of one connection at a time the door gives what is sealed), calls.
  reads: {
    version: null,
    pipeline: null,
    definition: null,
    definition_error: null,
    backfill: null,
    run: null,
    task_run: null,
    attempt: null,
    ledger: null,
    pool: null,
    worker: null,
    outbox: null,
    backup_job: null,
  },
  // Who changed something last, backups that people ask for, ticks that are decided again, backfills, receipts that sinks have, copies
  // that are made again, messages that are tried again.
  changes: [
    { table: 'pipeline', how: 'update', columns: ['changed_by', 'cursor_at', 'next_tick'] },
    { table: 'run', how: 'update', columns: ['changed_by', 'mirrored'] },
    {
      table: 'backfill',
      how: 'insert',
      columns: ['paused', 'pipeline', 'interval_start', 'interval_end', 'reprocess', 'max_active_runs', 'actor'],
    },
    { table: 'backfill', how: 'update', columns: ['paused', 'cancelled_at', 'changed_by'] },
    { table: 'backup_job', how: 'insert', columns: ['kind', 'project', 'backup', 'keep', 'actor'] },
    { table: 'ledger', how: 'insert', columns: ['task_run', 'attempt', 'dataset', 'batch', 'generation', 'status', 'receipt'] },
    { table: 'ledger', how: 'update', columns: ['receipt'] },
    {
      table: 'outbox',
      how: 'update',
      columns: ['failed_at', 'delivered_at', 'next_at', 'attempts', 'faults', 'held', 'bundle', 'error', 'recipients'],
    },
  ],
} as const

/** The role as which the process that answers people connects: it may do what its routes do, and no more. */
export const openHttpRole = (databaseUrl: string): Promise<ProcessRole> => openProcessRole(databaseUrl, rights)

export const httpRoleOf = (database: string): string => roleOf(database, rights.suffix)
