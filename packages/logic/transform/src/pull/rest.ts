import {
  type Attempt,
  type Connection,
  type Pull,
  type Pulled,
  type Reading,
  type RestSource,
  readingOf,
  type Sql,
  text,
  writeOf,
  written,
} from '@sluice/author'
import { given } from '@sluice/core'
import type { Lake } from '@sluice/lake'
import { pause } from '@sluice/process'
import type { HttpClient } from '@sluice/sources/capability'
import { NothingNew, type Purse, type RestPull, restPages } from '@sluice/sources/rest'

/** What a project gives an attempt that asks an API. */
export interface Asking {
  readonly http: HttpClient
  readonly connection: (name: string) => Connection
  readonly purse: (budget: string) => Purse
}

export interface PullRestOptions extends Asking {
  readonly pull: Pull & { readonly from: RestSource }
  readonly attempt: Attempt
  readonly lake: Lake
}

/** Lands what an API answers as one batch: whole, or not at all. Where it has nothing new, a receipt says so and nothing is written. */
export async function pullRest({ pull, attempt, lake, http, connection, purse }: PullRestOptions): Promise<Pulled> {
  const { from, into } = pull
  const write = writeOf(attempt, 'lake', into.name)
  const { pages, told } = restPages({
    ...{ source: from, connection: connection(from.connection), http, log: attempt.log, interval: attempt.interval },
    before: needsBefore(from) ? await lake.answers(write.dataset, from.name, attempt.run.logicalTime) : undefined,
    ids: await idsOf(from, lake, (query) => readingOf(attempt, query)),
    ...given({ purse: from.budget === undefined ? undefined : purse(from.budget) }),
    pause: (ms) => pause(ms, attempt.signal),
  } satisfies RestPull)
  try {
    const receipt = await lake.land(write, pages, { signal: attempt.signal, refetch: attempt.refetch, answers: told })
    const { rows } = written(attempt, 'lake', receipt)
    return { batches: 1, rowsIn: receipt.rowsIn, rowsWritten: rows, rowsQuarantined: 0 }
  } catch (thrown) {
    if (!(thrown instanceof NothingNew)) throw thrown
    attempt.log.info(`nothing new of ${from.name}: ${thrown.message}`)
    attempt.keep({
      ...{ dataset: write.dataset, batch: write.batch, generation: write.generation, status: 'skipped', reason: thrown.message },
      ...{ version: '', inputs: [], rowsIn: 0, rowsWritten: 0, rowsQuarantined: 0, bytes: 0, credits: 0 },
      ...{ answers: told(), writtenAt: Date.now(), replayed: false },
    })
    return { batches: 0, rowsIn: 0, rowsWritten: 0, rowsQuarantined: 0 }
  }
}

export const needsBefore = ({ incremental, conditional }: RestSource): boolean => conditional || incremental?.by === 'greatest'

/** Those given, or the first column of the statement, each once. */
export async function idsOf(
  { ids }: Pick<RestSource, 'ids'>,
  lake: Lake,
  readingBy: (query: Sql) => Promise<Reading>,
): Promise<readonly string[] | undefined> {
  if (ids === undefined) return undefined
  if ('list' in ids.of) return ids.of.list
  const reading = await readingBy(ids.of.query)
  const found = await lake.rows({ id: text() }, asTexts(ids.of.query), reading)
  return [...new Set(found.flatMap(({ id }) => (id === null ? [] : [id])))]
}

/** An id of 19 digits stays what it is. */
const asTexts = ({ parts }: Sql): Sql => ({
  kind: 'sql',
  parts: [{ kind: 'text', text: 'select cast(id as varchar) as id from (' }, ...parts, { kind: 'text', text: '\n) as ids(id)' }],
})
