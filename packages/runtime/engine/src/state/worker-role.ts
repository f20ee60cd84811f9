import { openProcessRole, type ProcessRole, roleOf } from './process-role.ts'

const rights = {
  of: 'workers',
  suffix: 'worker',
  risk: 'tasks can read and change all of it',
  doors: [
    'register_worker',
    'extend_lease',
    'stop_worker',
    'claim',
    'mark_began',
    'finish',
    'admit',
    'outputs_of',
    'schedules_of',
    'queue_parts',
    'begin_call',
    'end_call',
    'hold_calls',
    'kept_token',
    'keep_token',
    'ask_backup',
  ],
  // Not among it: what runs were given, what tasks gave and failed with, what definitions say, messages, who did what.
  reads: {
    task_run: ['id', 'run', 'no', 'version', 'task', 'kind', 'pool', 'work', 'priority', 'state', 'worker', 'token', 'losses', 'run_at'],
    run: ['id', 'pipeline', 'cancel'],
    pipeline: ['id', 'project', 'name', 'active', 'paused', 'definition'],
    definition: ['id', 'pipeline', 'version', 'file'],
    ledger: ['id', 'task_run', 'dataset', 'batch', 'generation', 'status', 'receipt'],
    taken: ['pipeline', 'task', 'dataset', 'batch', 'run'],
  },
  changes: [],
} as const

/** The role as which workers connect: it may claim, extend its lease, finish, and read what that takes. It changes no table by itself. */
export const openWorkerRole = (databaseUrl: string): Promise<ProcessRole> => openProcessRole(databaseUrl, rights)

export const workerRoleOf = (database: string): string => roleOf(database, rights.suffix)
