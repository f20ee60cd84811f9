import { join } from 'node:path'
import { type Connection, type Logger, type Pages, type Pull, type Reading, type RestSource, sql } from '@sluice/author'
import { isSluiceError, requestErrors } from '@sluice/core'
import { type DuckDB, quoteIdentifier } from '@sluice/duckdb'
import { type Lake, openLake } from '@sluice/lake'
import type { HttpClient } from '@sluice/sources/capability'
import { NothingNew, restPages } from '@sluice/sources/rest'
import { inShort, type PreviewedAsk } from './previewed.ts'
import { idsOf, needsBefore } from './rest.ts'
import { inWorkFolder } from './work-folder.ts'

/** A pull of an API that is only looked at. */
export interface AnswersLookedAt {
  readonly pull: Pick<Pull, 'into'> & { readonly from: RestSource }
  /** Full id. */
  readonly dataset: string
  readonly lake: Lake
  readonly duckdb: () => Promise<DuckDB>
  readonly http: HttpClient
  readonly connection: Connection
  /** As of a run of now. */
  readonly reading: Reading
  readonly log: Logger
  readonly signal: AbortSignal
}

/** The first answer is here, and nothing more is asked. */
class Enough extends Error {}

/** Ids that are tried until one has an answer. */
const mostIds = 10

/**
 * Asks for the first page that a pull would ask for now, and reads it as a model would. It is landed in a lake that goes with the look.
 * @throws `request.invalid` for a source that costs credits; what the API answers
 */
export async function previewAnswers(looking: AnswersLookedAt, limit: number): Promise<PreviewedAsk> {
  const { pull, dataset, lake, connection, reading, log, signal } = looking
  const { from } = pull
  if (from.budget !== undefined) throw costs(from.name, from.budget)
  return await inWorkFolder(async (workFolder) => {
    const beside = openLake({ storage: join(workFolder, 'lake'), project: lake.project, duckdb: looking.duckdb })
    const ids = await idsOf(from, lake, async () => reading)
    const first = firstAlone(looking.http)
    const { pages, told } = restPages({
      ...{ source: { ...from, conditional: false }, connection, http: first.http, log, interval: reading.interval },
      before: needsBefore(from) ? await lake.answers(dataset, from.name, reading.interval.end) : undefined,
      ids: ids?.slice(0, Math.max(from.ids?.atOnce ?? 1, mostIds)),
      pause: async () => undefined,
    })
    const write = { project: lake.project, pipeline: '', run: '', task: '', attempt: 1, dataset, batch: 'preview', generation: 0 }
    const landed = { ...write, logicalTime: reading.interval.end, inputs: [] }
    try {
      await beside.land(landed, first.pagesOf(pages), { signal, answers: told })
    } catch (thrown) {
      if (!(thrown instanceof NothingNew)) throw thrown
      return { ...nothing, asked: `${from.method} ${from.path}`, since: told().since ?? null, more: false, told: [thrown.message] }
    }
    const read = await firstRows(beside, looking, limit)
    const { rows = read.count, since = null } = told()
    const { asked, more } = first.told()
    return { ...nothing, ...read.of, asked, since, more, rowsIn: rows, rowsWritten: rows, told: [] }
  })
}

interface FirstRows {
  readonly count: number
  readonly of: Partial<Pick<PreviewedAsk, 'columns' | 'rows' | 'refused'>>
}

async function firstRows(beside: Lake, { pull: { into }, reading: of }: AnswersLookedAt, most: number): Promise<FirstRows> {
  const columns = shownColumns(into)
  const names = Object.keys(columns).map(quoteIdentifier).join(', ')
  const at = await beside.connect()
  try {
    const { select } = await beside.render(at, sql`select * from ${into}`, { ...of, datasets: new Map([[into.id, into]]) })
    const count = (await at.value<number>(`SELECT count(*) FROM (${select})`)) ?? 0
    return { count, of: { columns, rows: await at.rows(`SELECT ${names} FROM (${select}) LIMIT ${most}`) } }
  } catch (thrown) {
    if (!isSluiceError(thrown)) throw thrown
    return { count: 0, of: { columns, refused: inShort(thrown) } }
  } finally {
    at.close()
  }
}

const nothing = {
  ...{ detected: {}, columns: {}, drift: [], refused: null, rowsIn: 0, rowsWritten: 0, rowsQuarantined: 0, rows: [], quarantine: [] },
} satisfies Partial<PreviewedAsk>

interface FirstAlone {
  readonly http: HttpClient
  pagesOf(pages: Pages): Pages
  /** What was asked, and whether a second page was wanted. */
  told(): { readonly asked: string; readonly more: boolean }
}

/** A client that ends the listing in the place of a second page. What is asked again before the first has come is asked. */
function firstAlone(http: HttpClient): FirstAlone {
  let [asked, more] = ['', false]
  return {
    http: {
      request: async (request) => {
        if (asked === '') return await http.request(request)
        more = true
        throw new Enough()
      },
    },
    pagesOf: async function* (pages) {
      try {
        for await (const page of pages) {
          asked = page.request
          yield page
        }
      } catch (thrown) {
        if (!(thrown instanceof Enough)) throw thrown
      }
    },
    told: () => ({ asked, more }),
  }
}

/** What rows of the bodies have beside when and whence they came: column -> where it lies. */
function shownColumns({ facts }: Pull['into']): Readonly<Record<string, string>> {
  const { bodies } = facts
  if (bodies === undefined) return {}
  const at = Object.entries({ ...bodies.around, ...bodies.fields })
  return Object.fromEntries(at.map(([name, column]) => [name, column.at ?? `$.${name}`]))
}

const costs = (source: string, budget: string) =>
  requestErrors.invalid(`answers of ${source} cost credits of the budget ${budget}, and those of a look would be counted nowhere`, {
    facts: { source, budget },
    next: 'Pull it: a pull asks the budget first, and its receipt counts what it cost.',
  })
