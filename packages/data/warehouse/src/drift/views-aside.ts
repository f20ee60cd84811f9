import { isSluiceError } from '@sluice/core'
import type { Connection } from '@sluice/postgres'
import { quoteTable, splitTableName } from '../ddl/names.ts'
import { dependentsOf, type LiveView, madeViews } from './live-view.ts'
import { lockViews, makeViewAgain } from './make-view.ts'

/** Views of models that a migration has met. */
export interface MetViews {
  /** They were made again, as their models had made them. */
  readonly again: readonly string[]
  /** What they read is gone, or is otherwise: they are not there until their models run. */
  readonly gone: readonly string[]
}

/**
 * Runs a migration within a transaction, and takes those views out of its way that models have made: PostgreSQL changes no column that a
 * view reads. They are dropped where it names them, and made again behind the migration; one that cannot be is left to the next run of its
 * model. A view that no model has made stays in the way, with all that it reads.
 */
export async function withViewsAside(session: Connection, migrate: () => Promise<void>): Promise<MetViews> {
  let aside: readonly LiveView[] = []
  for (;;) {
    await session.query('savepoint sluice_migration')
    try {
      await migrate()
      break
    } catch (error) {
      if (!isSluiceError(error) || error.facts.dependents === undefined) throw error
      const met = namesIn(error.facts.dependents)
      await session.query('rollback to savepoint sluice_migration; release savepoint sluice_migration')
      const { views: more, strangers } = await inTheWay(session, met)
      const [stranger] = strangers
      if (stranger !== undefined) throw error.with({ next: readByOthers(stranger) })
      if (more.length === 0) throw error
      await session.query(lockViews(true))
      for (const each of more.toReversed()) await session.query(`drop ${each.kind} ${quoteTable(each.name)}`)
      aside = [...more, ...aside]
    }
  }
  await session.query('release savepoint sluice_migration')
  return await makeAgain(session, aside)
}

/** The names of a view that no model has made, and of the one that it reads. */
interface Stranger {
  readonly name: string
  readonly reads: string
}

/** Views of models among those that are named, and all that read them, in the order in which they are made. */
async function inTheWay(
  session: Connection,
  names: readonly string[],
): Promise<{ readonly views: readonly LiveView[]; readonly strangers: readonly Stranger[] }> {
  const made = await madeViews(session)
  const named = made.filter(({ name }) => names.includes(name) || names.includes(splitTableName(name).name))
  const readers = new Set<string>()
  const strangers: Stranger[] = []
  for (const { name } of named)
    for (const each of await dependentsOf(session, name)) {
      readers.add(each.name)
      if (each.statements === undefined) strangers.push({ name: each.name, reads: name })
    }
  return { views: made.filter((each) => named.includes(each) || readers.has(each.name)).toReversed(), strangers }
}

const readByOthers = ({ name, reads }: Stranger): string =>
  `Views of models are taken out of the way of a migration, but ${name}, which no model has made, reads ${reads}. Drop ${name} before this statement, and make it again behind it. Nothing of it was applied.`

async function makeAgain(session: Connection, views: readonly LiveView[]): Promise<MetViews> {
  const again: string[] = []
  const gone: string[] = []
  for (const view of views) {
    await session.query('savepoint sluice_view')
    try {
      await makeViewAgain(session, view)
      again.push(view.name)
    } catch (error) {
      if (!isSluiceError(error) || error.kind === 'retryable') throw error
      await session.query('rollback to savepoint sluice_view')
      gone.push(view.name)
    }
    await session.query('release savepoint sluice_view')
  }
  return { again, gone }
}

/** The server's sentences may be in any language: names without quotes are of small letters, digits, `_` and `$`. */
function namesIn(sentences: unknown): readonly string[] {
  const names = String(sentences ?? '').match(/(?:"(?:[^"]|"")+"|[a-z0-9_$]+)(?:\.(?:"(?:[^"]|"")+"|[a-z0-9_$]+))?/g) ?? []
  return names.map((name) => name.replaceAll(/"((?:[^"]|"")+)"/g, (_, text: string) => text.replaceAll('""', '"')))
}
