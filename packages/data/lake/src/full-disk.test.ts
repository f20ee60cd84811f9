import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from '@sluice/author'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { smallDisk } from '@sluice/process/testing/small-disk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLake } from './index.ts'
import { pagesOf, writeRows, writeTo } from './testing/index.ts'

const disk = smallDisk()
let duck: DuckDB
beforeAll(async () => {
  duck = await openDuckDB({ threads: 1 })
})
afterAll(() => {
  duck.close()
  disk[Symbol.dispose]()
})

/** Text that no compression makes small. */
function noise(bytes: number): string {
  let state = 42
  let out = ''
  while (out.length < bytes) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    out += state.toString(36)
  }
  return out
}

test.skipIf(disk.why !== '')(
  'a full disk is a retryable error that says what to do, leaves no temporary file, and what was there stays readable',
  async () => {
    const lake = openLake({ storage: join(disk.path, 'lake'), project: 'demo', duckdb: async () => duck })
    await lake.land(writeTo('bronze.pages', { tick: 1 }), pagesOf('{"small":1}'))
    const connection = await lake.connect()
    const commit = (tick: number, select: string) =>
      writeRows(lake, { write: writeTo('silver.rows', { tick }), columns: { word: text() }, select, count: 1 })
    await commit(1, "SELECT 'small' AS word")
    const full = { code: 'disk.full', kind: 'retryable', next: expect.stringContaining('Free space') }
    await expect(lake.land(writeTo('bronze.pages', { tick: 2 }), pagesOf(noise(5_000_000)))).rejects.toMatchObject(full)
    await expect(lake.land(writeTo('bronze.pages', { tick: 2 }), pagesOf(noise(2_600_000)))).rejects.toMatchObject(full)
    expect(readdirSync(join(disk.path, 'lake', 'demo', 'bronze', '_spool'))).toEqual([])
    await expect(commit(2, `SELECT string_agg(md5(range::VARCHAR), '') AS word FROM range(200000)`)).rejects.toMatchObject(full)
    const small = await connection.rows(`SELECT payload FROM (${await lake.scan(connection, 'bronze.pages')})`)
    expect(small).toEqual([{ payload: '{"small":1}' }])
    await expect(connection.rows(await lake.scan(connection, 'silver.rows', { columns: ['word'] }))).resolves.toEqual([{ word: 'small' }])
    await expect(lake.land(writeTo('bronze.pages', { tick: 2 }), pagesOf('{"fits":1}'))).resolves.toMatchObject({ replayed: false })
    connection.close()
  },
)
