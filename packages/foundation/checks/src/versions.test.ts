import { seeded, seedOfRun } from '@sluice/core/testing'
import { quoteIdentifier } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Engines, openEngines } from './testing/engines.ts'
import { type VersionsPlan, versionsSql } from './versions.ts'

let engines: Engines
beforeAll(async () => {
  engines = await openEngines()
})
afterAll(() => engines[Symbol.asyncDispose]())

const rounds = process.env.SLUICE_TEST_LONG === undefined ? 25 : 300

interface Seen {
  readonly id: number
  readonly at: number
  readonly v: string | null
  readonly gone: boolean
  readonly batch: number
}
interface Version {
  readonly id: number
  readonly from: number
  readonly to: number | null
  readonly v: string | null
}

const instant = (at: number): string => `timestamptz '2026-01-01 00:00:00+00' + interval '${at} minutes'`

function planOf(rows: readonly Seen[], missing: boolean): VersionsPlan {
  const values = rows.map(
    ({ id, at, v, gone, batch }) =>
      `(${id}, ${instant(at)}, ${v === null ? 'null' : `'${v}'`}, ${gone}, ${batch}, ${instant(batch * 10)}, ${batch % 4 !== 3})`,
  )
  return {
    seen: `select id, "at", v::text as v, gone, batch, as_of, whole from (values ${values.join(', ')}) t (id, "at", v, gone, batch, as_of, whole)`,
    columns: ['id', 'at', 'v', 'gone'],
    entity: ['id'],
    from: 'at',
    to: 'until',
    current: 'now',
    deleted: 'gone',
    compared: ['v'],
    order: undefined,
    batch: { column: 'batch', asOf: 'as_of', latest: ['as_of', 'batch'], whole: missing ? 'whole' : undefined },
    quote: quoteIdentifier,
  }
}

/** Minutes by minutes: what is known of each entity at each time. */
function expected(rows: readonly Seen[], missing: boolean): readonly Version[] {
  const batches = [...new Set(rows.map(({ batch }) => batch))].filter((batch) => batch % 4 !== 3).toSorted((a, b) => a - b)
  const ids = [...new Set(rows.map(({ id }) => id))].toSorted((a, b) => a - b)
  return ids.flatMap((id) => {
    const told = new Map<number, { readonly v: string | null; readonly gone: boolean; readonly batch: number; readonly said: number }>()
    const has = (batch: number | undefined): boolean => rows.some((row) => row.id === id && row.batch === batch && !row.gone)
    const tell = (at: number, v: string | null, gone: boolean, batch: number, said: number): void => {
      const there = told.get(at)
      if (there === undefined || there.batch < batch || (there.batch === batch && there.said < said)) told.set(at, { v, gone, batch, said })
    }
    for (const row of rows.filter((row) => row.id === id)) {
      const place = batches.indexOf(row.batch)
      const wasThere = missing && place > 0 && has(row.batch) && batches.slice(0, place).some(has) && !has(batches[place - 1])
      tell(wasThere && row.at <= (batches[place - 1] ?? 0) * 10 ? row.batch * 10 : row.at, row.v, row.gone, row.batch, row.at)
    }
    if (missing) {
      for (const [place, batch] of batches.entries()) {
        const next = batches[place + 1]
        if (next !== undefined && has(batch) && !has(next) && !told.has(next * 10)) tell(next * 10, null, true, -1, 0)
      }
    }
    const versions: Version[] = []
    let last: { readonly v: string | null; readonly gone: boolean } | undefined
    for (const [at, { v, gone }] of [...told].toSorted(([a], [b]) => a - b)) {
      const open = versions.at(-1)
      const isOpen = open !== undefined && open.to === null
      if (last === undefined || gone !== last.gone || (!gone && v !== last.v)) {
        if (isOpen) versions[versions.length - 1] = { ...open, to: at }
        if (!gone) versions.push({ id, from: at, to: null, v })
      }
      last = { v, gone }
    }
    return versions
  })
}

const minutes = (column: string): string => `(extract(epoch from ${column}) - extract(epoch from ${instant(0)}))::integer / 60`
const shown = (plan: VersionsPlan): string =>
  `select id, (${minutes('"at"')})::integer as "from", (${minutes('until')})::integer as "to", v, now from (${versionsSql(plan)}) as versions order by 1, 2`

test.each([false, true])(`versions are those of what was seen, in both engines (missing closes: %s)`, async (missing) => {
  const seed = seedOfRun()
  const { integer: next } = seeded(seed)
  for (let round = 0; round < rounds; round++) {
    const keys = new Set<string>()
    const rows = Array.from({ length: 1 + next(14) }, (): Seen => {
      const batch = next(6)
      return {
        id: next(3),
        at: missing ? batch * 10 - next(25) : next(8),
        v: [null, 'a', 'b'][next(3)] ?? null,
        gone: next(5) === 0,
        batch,
      }
    }).filter(({ id, at, batch }) => !keys.has(`${id} ${at} ${batch}`) && keys.add(`${id} ${at} ${batch}`))
    const wanted = expected(rows, missing).map((version) => ({ ...version, now: version.to === null }))
    const where = `SLUICE_SEED=${seed}, round ${round}: ${JSON.stringify(rows)}`
    const statement = shown(planOf(rows, missing))
    expect(await engines.duck.rows(statement), where).toEqual(wanted)
    expect(await engines.session.query(statement), where).toEqual(wanted)
  }
})
