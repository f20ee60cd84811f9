import { dataset, date, rawSql, sql, text, timestamp } from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { type BatchWrite, batchId, manualRunKey } from '@sluice/core'
import { withSession } from '@sluice/postgres'
import { expect, test } from 'vitest'
import { openWarehouse } from '../index.ts'
import { testWarehouse } from '../testing/index.ts'

const moments = dataset('public.moments', {
  on: 'warehouse',
  columns: { at: timestamp({ notNull: true }), given: text({ notNull: true }) },
  key: ['at'],
})

/** Half hours around the ends and beginnings of summer time in New York, and times when offsets had seconds. */
const instants: readonly number[] = [
  '2026-03-08T00:00:00Z',
  '2026-11-01T00:00:00Z',
  '1800-01-01T00:00:00Z',
  '0044-03-15T00:00:00Z',
].flatMap((first) => Array.from({ length: 24 }, (_, n) => Date.parse(first) + n * 1_800_000))

const of = { project: 'demo', pipeline: 'p', task: 'load', dataset: 'demo:warehouse.public.moments' }
const batch = batchId({ ...of, mapKey: null, runKey: manualRunKey('r'), write: 'main' })
const write: BatchWrite = { ...of, run: 'r', attempt: 1, batch, generation: 0, logicalTime: 0, inputs: [] }

/** As sources write them: with an offset, with `Z`, and without, which is UTC. */
const written = (at: number, n: number): string => {
  const utc = new Date(at).toISOString()
  if (n % 3 === 0) return utc
  if (n % 3 === 1) return utc.replace('T', ' ').slice(0, -1)
  return new Date(at + 5.5 * 3_600_000).toISOString().replace('Z', '+05:30')
}
async function* csv() {
  for (const [n, at] of instants.entries()) yield `${written(at, n)},${at}\n`
}

const iso = (at: number) => new Date(at).toISOString()

test.each(['Asia/Kolkata', 'America/New_York', 'UTC'])(
  'instants load, compare and come back exactly in a warehouse of %s',
  async (timeZone) => {
    await using demo = await testWarehouse(moments)
    await withSession(demo.url, (session) =>
      session.query(`alter database "${new URL(demo.url).pathname.slice(1)}" set timezone = '${timeZone}'`),
    )
    const warehouse = openWarehouse({ database: { url: demo.url }, project: 'demo', timeZone })
    const receipt = await warehouse.loadBatch({ write, table: moments, mode: 'append', columns: ['at', 'given'], source: csv() })
    expect(receipt).toMatchObject({ rowsWritten: instants.length, rowsQuarantined: 0 })
    const reading = { ...testReading([moments]), timeZone }
    const wanted = instants.map((at) => ({ at, given: String(at) })).toSorted((a, b) => a.at - b.at)
    expect(await warehouse.rows(moments.columns, sql`select at, given from ${moments} order by at`, reading)).toEqual(wanted)
    const typed = await warehouse.sqlText(
      'select at, array[at] as list, given, current_setting($$timezone$$) as zone from moments order by at',
    )
    expect(typed.rows).toEqual(wanted.map(({ at, given }) => [iso(at), [iso(at)], given, timeZone]))
    const bounds = { from: '2026-11-01 05:30:00Z', to: '2026-11-01 06:30:00Z' }
    const between = await warehouse.sqlText('select count(*) from moments where at between :from and :to', { params: bounds })
    expect(between.rows).toEqual([[3]])
    expect((await warehouse.sqlText("select 'infinity'::timestamptz as t, timestamptz '-infinity' as u")).rows).toEqual([
      ['infinity', '-infinity'],
    ])
    await warehouse.close()
  },
)

test('current_date is the day of the project, in what people type and in what steps read', async () => {
  await using demo = await testWarehouse()
  const days = await Promise.all(
    // 26 hours apart: it is never the same day.
    ['Pacific/Kiritimati', 'Etc/GMT+12'].map(async (timeZone) => {
      const warehouse = openWarehouse({ database: { url: demo.url }, project: 'demo', timeZone })
      const query = rawSql('select current_date as day, (now() at time zone current_setting($$timezone$$))::date as same')
      const [row] = await warehouse.rows({ day: date(), same: date() }, sql`${query}`, { ...testReading([]), timeZone })
      const { rows } = await warehouse.sqlText('select current_date')
      await warehouse.close()
      expect([row?.same, rows[0]?.[0]]).toEqual([row?.day, row?.day])
      return row?.day ?? ''
    }),
  )
  expect(days[0] !== undefined && days[1] !== undefined && days[0] > days[1]).toBe(true)
})

test('a time without a zone is asked for as text, since it is another instant for each reader', async () => {
  await using demo = await testWarehouse()
  const asked = demo.warehouse.rows({ at: timestamp() }, sql`select timestamp '2026-11-01 01:30:00' as at`, testReading([]))
  await expect(asked).rejects.toMatchObject({ code: 'definition.invalid', message: expect.stringContaining('timestamp without time zone') })
})
