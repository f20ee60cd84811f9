import { lstat, readdir, readFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { given } from '@sluice/core'
import { withSession } from '@sluice/postgres'
import { isSameProcess, processesOf, processMark } from '@sluice/process'
import { keyOf } from '@sluice/serve'
import { createClient, httpTransport } from '@sluice/serve/client'
import { expect, test } from 'vitest'
import { httpMark } from './http/start-http.ts'
import { openServerPlatform } from './serve-platform.ts'
import { runningServer } from './state/lock.ts'
import { platformFolder } from './testing/index.ts'

const example = fileURLToPath(new URL('../../../../examples/lake', import.meta.url))

interface Living {
  readonly pid: number
  readonly mark: string
}

/** What other accounts may do anything with. The rights of a symbolic link mean nothing. */
async function openToOthers(path: string): Promise<readonly string[]> {
  // PostgreSQL and the relay remove files meanwhile.
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined || found.isSymbolicLink()) return []
  const within = found.isDirectory() ? await readdir(path).catch(() => []) : []
  const below = await Promise.all(within.map((name) => openToOthers(join(path, name))))
  return [...((found.mode & 0o077) === 0 ? [] : [`${path} ${found.mode.toString(8)}`]), ...below.flat()]
}

const living = (pid: number): Living => ({ pid, mark: processMark(pid) ?? '' })

test('a whole platform runs without the command line, answers over HTTP, and leaves nothing running', async () => {
  const asking = { queryAnswerCells: 2, queriesAtOnce: 1, queriesOfOne: 1, queriesWaiting: 1 }
  await using folder = await platformFolder([example], { workers: 2, ...asking })
  process.umask(0o022)
  const parts: string[] = []
  const server = await openServerPlatform({
    root: folder.root,
    step: (title, work) => {
      parts.push(title)
      return work()
    },
  })
  try {
    expect(parts).toEqual(['PostgreSQL', 'definitions', 'warehouses', 'scheduler, workers'])
    const { stateDir } = server.platform.settings
    const client = createClient(httpTransport(server.url, await keyOf(stateDir)))
    const { id } = await client.pipelines.trigger({ params: { pipeline: 'archive' }, body: {} })
    const run = await client.runs.wait(id)
    expect(run.state).toBe('success')
    const written = await client.datasets.show({ params: { dataset: 'silver.readings' } })
    expect(written).toMatchObject({
      keep: '365d',
      freshness: { state: 'no_expectation' },
      newestBatch: { pipeline: 'archive', task: 'silver.readings', run: id, rowsWritten: 2 },
      filledBy: [{ pipeline: 'archive', step: 'silver.readings', kind: 'model' }],
    })
    // What the settings say of queries holds in both stores, and for all of them together.
    const typed = async (store: 'lake' | 'warehouse', sql: string, signal?: AbortSignal) =>
      await client[store].query({ params: { project: 'lake-example' }, body: { sql }, ...given({ signal }) })
    for (const store of ['lake', 'warehouse'] as const)
      expect(await typed(store, 'select * from (values (1), (2), (3)) t(n)')).toMatchObject({ rows: [[1], [2]], cutBy: 'cells' })
    const left = new AbortController()
    const three = [1, 2, 3].map(() => typed('warehouse', 'select pg_sleep(60)', left.signal))
    await expect(Promise.race(three)).rejects.toMatchObject({ code: 'query.busy' })
    left.abort()
    await Promise.allSettled(three)

    const postmaster = await readFile(join(stateDir, 'postgres/data/postmaster.pid'), 'utf8')
    const { url } = await server.platform.database()
    const workers = await withSession(url, (session) =>
      session.query<{ pid: number }>("select pid from sluice.worker where state = 'alive'"),
    )
    const answering = processesOf(httpMark(stateDir))
    expect(answering).toHaveLength(1)
    // The process that answers people alone looks after users.
    const roles = await withSession(url, (session) =>
      session.query("select distinct usename::text as role from pg_stat_activity where application_name = 'sluice users'"),
    )
    expect(roles).toEqual([{ role: 'sluice_http' }])
    const started = [Number.parseInt(postmaster, 10), ...answering, ...workers.map(({ pid }) => pid)].map(living)
    expect(workers).toHaveLength(2)
    expect(started.every(({ pid, mark }) => isSameProcess(pid, mark))).toBe(true)

    expect(await openToOthers(stateDir)).toEqual([])

    await server.close()
    expect(started.filter(({ pid, mark }) => isSameProcess(pid, mark))).toEqual([])
    await expect(fetch(server.url)).rejects.toThrow()
    expect(await runningServer(stateDir)).toBeUndefined()
  } finally {
    await server.close()
  }
})

test('what holds up the process that answers people holds up no run; killed, it has a successor at the same address', async () => {
  await using folder = await platformFolder([example], { workers: 1 })
  const notes: string[] = []
  const server = await openServerPlatform({ root: folder.root, note: (text) => notes.push(text) })
  try {
    const { settings, client: here } = server.platform
    const client = createClient(httpTransport(server.url, await keyOf(settings.stateDir)))
    const [answering = 0] = processesOf(httpMark(settings.stateDir))
    // Its event loop turns no more, as under a request that computes.
    process.kill(answering, 'SIGSTOP')
    const { id } = await here.pipelines.trigger({ params: { pipeline: 'archive' }, body: {} })
    expect(await here.runs.wait(id)).toMatchObject({ state: 'success' })
    process.kill(answering, 'SIGKILL')
    await expect.poll(() => client.runs.show({ params: { run: id } }).catch(() => undefined)).toMatchObject({ state: 'success' })
    expect(notes).toEqual([expect.stringContaining('the HTTP process ended (SIGKILL) and is started again')])
    const [successor = 0] = processesOf(httpMark(settings.stateDir))
    expect(successor).not.toBe(answering)
    // Definitions that were read again reach it.
    expect(await server.platform.reload()).toHaveLength(1)
    await expect.poll(() => client.datasets.list({ query: {} }).then(({ items }) => items.length)).toBeGreaterThan(0)
  } finally {
    await server.close()
  }
})

test('a server whose port is taken says so and has executed nothing', async () => {
  await using folder = await platformFolder([example], { workers: 1 })
  await using other = await taken()
  const parts: string[] = []
  const opening = openServerPlatform({
    root: folder.root,
    port: other.port,
    step: (title, work) => {
      parts.push(title)
      return work()
    },
  })
  await expect(opening).rejects.toMatchObject({ code: 'port.in_use', next: expect.stringContaining('SLUICE_PORT') })
  expect(parts).toEqual([])
})

async function taken(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { port, [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) }
}
