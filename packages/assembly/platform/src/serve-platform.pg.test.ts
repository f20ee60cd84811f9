import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withSession } from '@sluice/postgres'
import { isSameProcess, processMark } from '@sluice/process'
import { keyOf } from '@sluice/serve'
import { createClient, httpTransport } from '@sluice/serve/client'
import { expect, test } from 'vitest'
import { openServerPlatform } from './serve-platform.ts'
import { runningServer } from './state/lock.ts'
import { platformFolder } from './testing/index.ts'

const example = fileURLToPath(new URL('../../../../examples/lake', import.meta.url))

interface Living {
  readonly pid: number
  readonly mark: string
}

const living = (pid: number): Living => ({ pid, mark: processMark(pid) ?? '' })

test('a whole platform runs in this process without the command line, over HTTP, and leaves nothing running', async () => {
  await using folder = await platformFolder([example], { workers: 2 })
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
    const postmaster = await readFile(join(stateDir, 'postgres/data/postmaster.pid'), 'utf8')
    const { url } = await server.platform.database()
    const workers = await withSession(url, (session) =>
      session.query<{ pid: number }>("select pid from sluice.worker where state = 'alive'"),
    )
    const started = [Number.parseInt(postmaster, 10), ...workers.map(({ pid }) => pid)].map(living)
    expect(workers).toHaveLength(2)
    expect(started.every(({ pid, mark }) => isSameProcess(pid, mark))).toBe(true)

    await server.close()
    expect(started.filter(({ pid, mark }) => isSameProcess(pid, mark))).toEqual([])
    await expect(fetch(server.url)).rejects.toThrow()
    expect(await runningServer(stateDir)).toBeUndefined()
  } finally {
    await server.close()
  }
})
