import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withSession } from '../connection.ts'
import { acquireServer } from '../embedded/server.ts'
import { type PrivateServer, startPrivateServer } from '../testing/server.ts'
import { archiveLog, baseBackup, keepLog, replay, restoreCluster } from './index.ts'

let server: PrivateServer
beforeAll(async () => {
  server = await startPrivateServer()
})
afterAll(() => server.drop())

async function bytesOf(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}
async function* again(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000)
}

test('a copy of a cluster that works, and its log, give the rows of any instant since', async () => {
  const url = server.url('postgres')
  const insert = (from: number, to: number) =>
    withSession(url, async (session) => {
      await session.query('insert into numbers select generate_series($1::int, $2::int)', [from, to])
      const [now] = await session.query<{ now: number }>('select clock_timestamp() as now')
      return now?.now ?? 0
    })
  await withSession(url, async (session) => {
    await session.query('create table numbers (n int primary key)')
    await keepLog(session)
  })
  await insert(1, 1_000)
  const { tar, positions } = baseBackup(url)
  const writing = insert(1_001, 2_000)
  const base = await bytesOf(tar)
  const { start, end } = await positions
  expect([start, end]).toEqual([expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/), expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/)])
  await writing
  const log = new Map<string, Buffer>()
  const archive = () =>
    withSession(url, (session) =>
      archiveLog(session, join(server.dir, 'data'), async ({ name, read }) => void log.set(name, await bytesOf(read()))),
    )
  const before = await insert(2_001, 3_000)
  expect(await archive()).toBeGreaterThan(0)
  // Instants of a commit and of the aim differ by more than a millisecond, which is what an aim tells.
  await delay(5)
  await insert(3_001, 4_000)
  expect(await archive()).toBeGreaterThan(0)

  const rowsOf = async (until?: number): Promise<number> => {
    const dir = await mkdtemp(join(tmpdir(), 'restored postgres '))
    const segments = [...log].map(([name, bytes]) => ({ name, read: () => again(bytes) }))
    await restoreCluster({ data: join(dir, 'data'), tar: again(base), log: segments, ...(until === undefined ? {} : { until }) })
    await writeFile(join(dir, 'password'), await readFile(join(server.dir, 'password')), { mode: 0o600 })
    await replay(dir, { max_connections: '300' })
    const restored = await acquireServer({ dir })
    try {
      return await withSession(restored.url('postgres'), async (session) => {
        const [row] = await session.query<{ n: number }>(
          'insert into numbers values (0) returning (select count(*)::int from numbers) as n',
        )
        return row?.n ?? 0
      })
    } finally {
      await restored.stop()
      await rm(dir, { recursive: true })
    }
  }
  expect(await rowsOf()).toBe(4_000)
  expect(await rowsOf(before + 2)).toBe(3_000)
})
