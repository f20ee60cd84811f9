import { dataset, integer, text } from '@sluice/author'
import type { BatchWrite } from '@sluice/core'
import { startPrivateServer } from '@sluice/postgres/testing'
import { expect, test } from 'vitest'
import { createTableSql, migratePlatform, openWarehouse } from '../index.ts'

const lines = dataset('public.lines', { on: 'warehouse', columns: { id: integer(), word: text({ notNull: true }) }, key: ['id'] })
const write: BatchWrite = {
  project: 'demo',
  pipeline: 'p',
  task: 't',
  run: 'r',
  attempt: 1,
  dataset: 'demo:warehouse.public.lines',
  batch: 'b',
  generation: 0,
  logicalTime: 0,
  inputs: [],
}

test('a server killed in the middle of a load is retryable, nothing is written, and the retry succeeds', async () => {
  const server = await startPrivateServer()
  try {
    const url = server.url('postgres')
    await migratePlatform(url)
    const warehouse = openWarehouse({ database: { url }, project: 'demo' })
    for (const statement of createTableSql(lines)) await warehouse.pool.query(statement)
    // A backend outlives its postmaster while it has something to read, and may even commit.
    const killAll = async (): Promise<void> => {
      const [backend] = await warehouse.pool.query<{ pid: number }>(
        "select pid from pg_stat_activity where query like 'copy pg_temp.sluice_stage%'",
      )
      await server.kill()
      process.kill(backend?.pid ?? Number.NaN, 'SIGKILL')
    }
    const source = async function* (kill: boolean): AsyncGenerator<Buffer> {
      for (let chunk = 0; chunk < 40; chunk++) {
        if (kill && chunk === 20) await killAll()
        yield Buffer.from(Array.from({ length: 2000 }, (_, place) => `${chunk * 2000 + place},${'word '.repeat(20)}\n`).join(''))
      }
    }
    const load = (kill: boolean) =>
      warehouse.loadBatch({ write, table: lines, mode: 'append', columns: ['id', 'word'], source: source(kill), rowsIn: 80_000 })
    await expect(load(true)).rejects.toMatchObject({ code: 'warehouse.unavailable', kind: 'retryable' })
    await expect(load(false)).rejects.toMatchObject({ code: 'warehouse.unavailable', kind: 'retryable' })
    await server.restart()
    expect(await warehouse.pool.query('select (select count(*) from lines) as rows, (select count(*) from sluice_loads) as loads')).toEqual(
      [{ rows: 0, loads: 0 }],
    )
    expect(await load(false)).toMatchObject({ rowsWritten: 80_000, replayed: false })
    await warehouse.close()
  } finally {
    await server.drop()
  }
})
