import { link, mkdir, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTable, type LogStore, localStore } from '@sluice/delta'
import type { DuckConnection } from '@sluice/duckdb'
import { type Measure, measure, noBar, quantile, timed, timesLimit } from '../measure.ts'

/**
 * What the log adds to a write: from the data files being durable to the commit being durable and visible, every tenth with its checkpoint
 * after it, which is not counted. Raw is what the file system asks for that: write, fdatasync, link, fsync of the folder, in a folder as
 * full.
 */
export async function measureCommits(connection: DuckConnection, dir: string, commits: number): Promise<readonly Measure[]> {
  const store = localStore(`${dir}/commits`)
  const watched = watch(store)
  const table = await createTable(watched.store, { connection: connection.raw, columns: [{ name: 'a', type: 'long' }] })
  const whole: number[] = []
  const raw: number[] = []
  const rawFolder = `${dir}/links`
  await mkdir(rawFolder)
  for (let n = 0; n < commits; n++) {
    whole.push(await timed(() => table.append({ select: `SELECT ${n}::BIGINT AS a`, txn: { appId: `batch-${n}`, version: 1 } })))
    raw.push(await timed(() => publish(rawFolder, n, watched.lastText())))
  }
  const p = (values: readonly number[], share: number): number => quantile(values, share)
  const [ours, limit] = [watched.times, raw]
  return [
    measure('commit p50', p(ours, 0.5), 'ms', noBar, p(limit, 0.5)),
    measure('commit p99', p(ours, 0.99), 'ms', timesLimit(1.2), p(limit, 0.99)),
    measure('append of one row p50, whole call', p(whole, 0.5), 'ms', noBar),
    measure('append of one row p99, whole call (checkpoints included)', p(whole, 0.99), 'ms', noBar),
  ]
}

/** The table's own store, with a clock between its steps. */
function watch(store: LogStore) {
  const times: number[] = []
  let durableAt = 0
  let text = ''
  return {
    times: times as readonly number[],
    lastText: () => text,
    store: {
      ...store,
      persist: async (paths: readonly string[]) => {
        await store.persist(paths)
        durableAt = performance.now()
      },
      putIfAbsent: async (path: string, content: string) => {
        const won = await store.putIfAbsent(path, content)
        if (durableAt > 0) times.push(performance.now() - durableAt)
        durableAt = 0
        text = content
        return won
      },
    } satisfies LogStore,
  }
}

async function publish(folder: string, n: number, text: string): Promise<void> {
  const temporary = join(folder, `.${n}.tmp`)
  const file = await open(temporary, 'wx')
  await writeFile(file, text)
  await file.datasync()
  await file.close()
  await link(temporary, join(folder, `${n}.json`))
  await rm(temporary)
  const entries = await open(folder, 'r')
  await entries.sync()
  await entries.close()
}
