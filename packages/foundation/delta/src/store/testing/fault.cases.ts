import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createTable, openTable } from '../../table.ts'
import { connecting } from '../../testing/workplace.ts'
import { type Asked, type Fault, startFaultProxy } from './fault-proxy.ts'
import { answeringStatus } from './gcs-status.ts'
import { locationIn, removeTemporaryFolders } from './location.ts'
import type { Server } from './servers.ts'
import { columns, expectValid, rowsOf } from './table.cases.ts'

const faults = ['unsent', 'unanswered', 'halved', 'busy', 'gave up', 'slow down'] as const

/** Stores whose answers get lost. Nothing may be lost or doubled. `server` is called when the tests run. */
export function faultCases(kind: 's3' | 'gcs', server: () => Server): void {
  let connection: DuckDBConnection
  connecting((opened) => {
    connection = opened
  })
  afterAll(removeTemporaryFolders)

  const isCreation = ({ method, url, headers }: Asked) =>
    kind === 's3' ? method === 'PUT' && headers['if-none-match'] === '*' : method === 'POST' && url.includes('ifGenerationMatch=0')
  const isCommit = (asked: Asked, version: number) =>
    isCreation(asked) && decodeURIComponent(asked.url).includes(`_delta_log/${String(version).padStart(20, '0')}.json`)

  async function faulty(decide: (asked: Asked) => Fault | undefined | Promise<Fault | undefined>) {
    const prefix = `faults/${randomUUID()}`
    const location = locationIn(kind, server().endpoint, server().bucket, prefix)
    const proxy = await startFaultProxy(server().endpoint, decide, kind === 'gcs' ? answeringStatus() : undefined)
    onTestFinished(() => proxy.stop())
    return { location, behind: locationIn(kind, proxy.endpoint, server().bucket, prefix), proxy }
  }

  test.for(faults)('a commit whose request meets "%s" is made once and reported as made', async (fault) => {
    let left = 2
    const { location, behind, proxy } = await faulty((asked) => (isCommit(asked, 1) && left-- > 0 ? fault : undefined))
    await createTable(location.open(), { connection, columns })
    const table = await openTable(behind.open(), { connection })
    expect(await table.append({ select: 'SELECT 1 AS writer, 1 AS n' })).toMatchObject({ version: 1, alreadyCommitted: false })
    expect(proxy.happened.get(fault)).toBe(2)
    const other = await openTable(location.open(), { connection })
    expect((await other.snapshot()).version).toBe(1)
    expect(await rowsOf(connection, other)).toEqual([{ writer: 1, n: 1, name: null }])
    await expectValid(location.open())
  })

  test('a commit whose answer is lost after another writer won takes the next version', async () => {
    let rival: (() => Promise<unknown>) | undefined
    let left = 1
    const { location, behind } = await faulty(async (asked) => {
      if (!isCommit(asked, 1) || left-- <= 0) return undefined
      await rival?.()
      return 'unanswered'
    })
    const other = await createTable(location.open(), { connection, columns })
    rival = () => other.append({ select: 'SELECT 2 AS writer, 0 AS n' })
    const table = await openTable(behind.open(), { connection })
    expect(await table.append({ select: 'SELECT 1 AS writer, 1 AS n' })).toMatchObject({ version: 2 })
    expect(await rowsOf(connection, other)).toHaveLength(2)
    await expectValid(location.open())
  })

  test('a creation that never gets an answer says that it may have succeeded, and its replay finds out', async () => {
    let left = 15
    const { location, behind } = await faulty((asked) => (isCommit(asked, 1) && left-- > 0 ? 'unanswered' : undefined))
    await createTable(location.open(), { connection, columns })
    const table = await openTable(behind.open(), { connection })
    const append = () => table.append({ select: 'SELECT 1 AS writer, 1 AS n', txn: { appId: 'a', version: 1 } })
    await expect(append()).rejects.toMatchObject({ code: 'store.failed', next: expect.stringMatching(/may have succeeded/) as string })
    expect(left).toBe(0)
    expect(await append()).toMatchObject({ version: 1, alreadyCommitted: true })
    expect(await rowsOf(connection, await openTable(location.open(), { connection }))).toHaveLength(1)
  })

  /** Every fault once, then a quarter of all requests meets one. */
  function unreliable(seed: number): () => Fault | undefined {
    const random = seeded(seed)
    const due: Fault[] = [...faults]
    return () => due.shift() ?? (random.chance(0.25) ? random.pick(faults) : undefined)
  }

  test('large files survive any fault on the way up and down', async () => {
    const seed = seedOfRun()
    const { location, behind, proxy } = await faulty(unreliable(seed))
    const [up, down] = [behind.open(), behind.open()]
    const bytes = Buffer.from(seeded(seed).bytes(12 * 2 ** 20 + 1))
    for (const name of ['a', 'b', 'c']) {
      writeFileSync(join(up.root, `${name}.parquet`), bytes)
      await up.persist([`${name}.parquet`])
      await down.fetch([`${name}.parquet`])
      expect(bytes.equals(await readFile(join(down.root, `${name}.parquet`))), `SLUICE_SEED=${seed}`).toBe(true)
      expect(await location.open().stat(`${name}.parquet`)).toMatchObject({ size: bytes.length })
    }
    expect(proxy.happened.size).toBe(faults.length)
  })

  test('an adopted file of several parts exists once, whatever happens to its completion', async () => {
    for (const fault of ['unsent', 'unanswered', 'gave up'] as const) {
      let left = 1
      const isCompletion = ({ method, url, headers }: Asked) =>
        kind === 's3'
          ? method === 'POST' && url.includes('uploadId=')
          : method === 'PUT' && /-12582911\/12582912$/.test(headers['content-range'] ?? '')
      const { behind, proxy } = await faulty((asked) => (isCompletion(asked) && left-- > 0 ? fault : undefined))
      const [store, other] = [behind.open(), behind.open()]
      const random = seeded(seedOfRun())
      const bytes = Buffer.from(random.bytes(12 * 2 ** 20))
      writeFileSync(join(store.root, '.a.tmp'), bytes)
      expect(await store.adopt('.a.tmp', 'adopted')).toBe(true)
      writeFileSync(join(other.root, '.b.tmp'), random.bytes(12 * 2 ** 20))
      expect(await other.adopt('.b.tmp', 'adopted')).toBe(false)
      expect(bytes.equals((await other.readBytes('adopted')) ?? Buffer.alloc(0))).toBe(true)
      expect(proxy.happened.get(fault)).toBe(1)
    }
  })

  test('writers behind a network that loses a quarter of everything lose nothing and double nothing', async () => {
    const seed = seedOfRun()
    const { location, behind, proxy } = await faulty(unreliable(seed))
    const [writers, writes] = [3, 6]
    const first = await createTable(location.open(), { connection, columns })
    const versions = await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        const table = await openTable(behind.open(), { connection })
        const own: number[] = []
        for (let n = 0; n < writes; n++) own.push((await table.append({ select: `SELECT ${writer} AS writer, ${n} AS n` })).version)
        return own
      }),
    )
    const all = Array.from({ length: writers * writes }, (_, index) => index + 1)
    expect(
      versions.flat().sort((a, b) => a - b),
      `SLUICE_SEED=${seed}`,
    ).toEqual(all)
    const expected = Array.from({ length: writers }, (_, writer) => Array.from({ length: writes }, (__, n) => ({ writer, n, name: null })))
    expect(await rowsOf(connection, first), `SLUICE_SEED=${seed}`).toEqual(expected.flat())
    await expectValid(location.open())
    expect(proxy.happened.size).toBe(faults.length)
  })
}
