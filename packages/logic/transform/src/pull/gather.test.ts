import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bigint, csv, dataset, date, decimal, fileSource, pull, text, timestamp } from '@sluice/author'
import { isSluiceError } from '@sluice/core'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { openDuckDB } from '@sluice/duckdb'
import { type FolderEntry, localFolder, planListing } from '@sluice/sources/folder'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gather } from './gather.ts'
import { type OpenFileOptions, openPulled, rowsOf } from './open-file.ts'
import { inboxAt } from './pull.cases.ts'

const duckdb = await openDuckDB({ threads: 2 })
const connection = await duckdb.connect()
const work = mkdtempSync(join(tmpdir(), 'gather-'))
const inbox = inboxAt(join(work, 'inbox'))
afterAll(() => duckdb.close())

const { integer, pick, chance } = seeded(seedOfRun())
const columns = { id: bigint(), name: text(), total: decimal(10, 2), sold_on: date(), seen_at: timestamp() }
const into = dataset('silver.sales', { on: 'lake', columns })
const source = fileSource({ name: 'inbox', folder: 'inbox', format: csv(), drift: { missing: 'ignore' } })

const names = ['oak', '', ' ash ', 'a "b" c', 'é€😀', 'one, two', 'x;y', 'n/a', 'null', "o'k", '#elm', '\\', 'two\nlines', '"'] as const

/** A file as somebody's program may write it: most have a line a record, some have quoted line ends, blank lines or ragged rows. */
function randomFile(): string | Uint8Array {
  const delimiter = pick([',', ';', '\t'])
  const end = pick(['\n', '\n', '\r\n'])
  const comma = delimiter !== ',' && chance(0.5)
  const day = pick([(d: number) => `2026-01-${d}`, (d: number) => `${d}/01/2026`, (d: number) => `01/${d}/2026`] as const)
  const isSpecial = new RegExp(`["\\n\\r${delimiter}]`)
  const cell = (value: string): string => (isSpecial.test(value) || chance(0.1) ? `"${value.replaceAll('"', '""')}"` : value)
  const some = chance(0.7) ? (['oak', 'elm', 'one two'] as const) : names
  const lines = Array.from({ length: integer(12) }, (_, row) => {
    const d = 13 + integer(15)
    const total = `${integer(2_000)}.${10 + integer(89)}`
    const cells = [
      chance(0.1) ? pick(['', 'x', 'n/a', '007']) : String(row),
      pick(some),
      chance(0.1) ? pick(['', 'free', '-']) : comma ? total.replace('.', ',') : total,
      chance(0.1) ? '' : day(d),
      `2026-01-${d}T10:00:00Z`,
    ]
    return (chance(0.02) ? cells.slice(1) : cells).map(cell).join(delimiter)
  })
  const header = ['id', pick(['name', 'Name']), 'total', 'Sold on', 'seen_at'].map(cell).join(delimiter)
  const whole = [header, ...lines, ...(chance(0.1) ? [''] : [])].join(end) + (chance(0.8) ? end : '')
  return chance(0.1) ? Buffer.from(`\ufeff${whole}`) : chance(0.1) ? Buffer.from(whole.replaceAll(/[€😀]/gu, 'ü'), 'latin1') : whole
}

const files = 40
let entries: readonly FolderEntry[] = []
beforeAll(async () => {
  for (let file = 0; file < files; file++) inbox.put(`${100 + file}.csv`, randomFile())
  inbox.put('plain.csv', 'id,name,total,sold_on,seen_at\n1,oak,1.50,2026-01-31,\n')
  inbox.put('ragged.csv', 'id,name,total,sold_on,seen_at\n1,oak,1.50,2026-01-31,\n2,elm\n')
  const listed: FolderEntry[] = []
  for await (const entry of localFolder(inbox.path).list(planListing('**'), () => undefined)) listed.push(entry)
  entries = listed
})

test('small files that are put into one table at once have the rows that each has by itself', async () => {
  expect(entries.length).toBe(files + 2)
  const options: OpenFileOptions = {
    connection,
    pull: { ...pull({ from: source, into }), from: source },
    folder: localFolder(inbox.path),
    workFolder: work,
    cleared: 0,
    added: new Map(),
  }
  const opened = await Promise.all(
    entries.map(async (entry) => {
      try {
        return [{ ...(await openPulled(entry, options)), batch: entry.path }]
      } catch (thrown) {
        // A column that may mean two things is refused before anybody reads it.
        if (isSluiceError(thrown) && thrown.code === 'file.ambiguous') return []
        throw thrown
      }
    }),
  )
  const all = opened.flat()
  await using handles = new AsyncDisposableStack()
  for (const { open } of all) handles.use(open)
  const held = all.filter(({ open }) => open.held !== undefined)
  const shown = `SLUICE_SEED=${seedOfRun()}`
  expect(
    held.map(({ batch }) => batch),
    shown,
  ).toContain('plain.csv')
  expect(
    held.map(({ batch }) => batch),
    `${shown}: some files are read by their own scan`,
  ).not.toContain('ragged.csv')
  const together = await connection.rows(await gather(connection, all, into))
  const byBatch = Map.groupBy(together, ({ _batch }) => _batch)
  for (const file of all) {
    const alone = await connection.rows(rowsOf(file, into, file.batch, true))
    expect(byBatch.get(file.batch) ?? [], `${shown} ${file.batch}`).toEqual(alone)
  }
  expect(together.length, shown).toBeGreaterThan(0)
})
