import type { Command } from '../cli/command.ts'
import { localCommands } from './local.ts'
import { operationCommands } from './of-operations.ts'

/** What commands are about, in the order in which the help shows it. */
export const nouns: Readonly<Record<string, string>> = {
  pipelines: 'pipelines, their schedules and definitions',
  tasks: 'tasks of a pipeline and their logs',
  runs: 'executions of pipelines',
  backfills: 'runs of past ticks, made, paused and cancelled as one thing',
  pools: 'how many tasks may run at once, and which wait for a place',
  models: 'queries that fill datasets',
  datasets: 'what projects declare of their data, and how fresh it is',
  sources: 'files, APIs and databases that data comes from',
  lake: 'tables of the lake',
  warehouse: 'the warehouse of a project',
  backups: 'saves of the platform and its warehouses, asked of a server and read again',
  ledger: 'receipts of everything written',
  budget: 'credits of the accounts with upstreams',
  notify: 'messages to people, and whether they left',
  users: 'who may sign in, and what they may do',
  tokens: 'what programs send for a user: fewer rights than the user has, and an end',
  audit: 'who asked for which change, and what became of it',
  config: 'settings and where they come from',
}

/** First what shows what there is. */
const firstVerbs = ['list', 'show']

const nounOf = ({ path }: Command): string => path.split(' ')[0] ?? path
const verbOf = ({ path }: Command): string => path.split(' ')[1] ?? ''
const isOfPlatform = ({ path }: Command): boolean => !path.includes(' ')

function rankOf(command: Command): readonly [number, number, string] {
  const verb = firstVerbs.indexOf(verbOf(command))
  return [Object.keys(nouns).indexOf(nounOf(command)), verb === -1 ? firstVerbs.length : verb, verbOf(command)]
}

function inOrder(a: Command, b: Command): number {
  const [left, right] = [rankOf(a), rankOf(b)]
  return left[0] - right[0] || left[1] - right[1] || (left[2] < right[2] ? -1 : 1)
}

/** All commands: those of this machine and those of the operations, in the order in which the help shows them. */
export const commands: readonly Command[] = [
  ...localCommands.filter(isOfPlatform),
  ...[...localCommands, ...operationCommands].filter((each) => !isOfPlatform(each)).sort(inOrder),
]
