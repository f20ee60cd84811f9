/** What the test measures, in a process of its own: `make ROOT COUNT` a lake that knows so many empty files, `pull ROOT` what is new. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bigint, dataset, fileSource, text } from '@sluice/author'
import { type BatchWrite, fileBatchId } from '@sluice/core'
import { openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { localFolder, planListing } from '@sluice/sources/folder'
import { pullOnce } from './pull.cases.ts'

const [, , deed = '', root = '', count = '0'] = process.argv
const into = dataset('silver.rows', { on: 'lake', columns: { id: bigint(), note: text() } })
const source = fileSource({ name: 'inbox', folder: 'inbox' })
const inbox = { path: join(root, 'inbox') }
const duck = await openDuckDB({ threads: 1, memoryLimitMb: 256, tempDirectory: join(root, 'tmp') })
const lake = openLake({ storage: join(root, 'lake'), project: 'demo', duckdb: async () => duck })
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

async function know(some: readonly BatchWrite[]): Promise<void> {
  using batches = await lake.batches(into.name, some)
  await batches.finish({
    columns: into.columns,
    judge: async () => ({
      good: `SELECT NULL::BIGINT AS id, '' AS note, '' AS _batch WHERE false`,
      broken: `SELECT '' AS batch, 0 AS row_number, '' AS rule, '' AS place, '' AS cells WHERE false`,
      messages: {},
      counts: new Map(),
    }),
  })
}

if (deed === 'make') {
  for (let file = 0; file < Number(count); file++) {
    const folder = join(inbox.path, String(file % 100))
    if (file < 100) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${file}.csv`), '')
  }
  const write = {
    project: 'demo',
    pipeline: 'p',
    run: 'r0',
    task: 't',
    attempt: 1,
    dataset: `demo:${into.id}`,
    generation: 0,
    logicalTime: 0,
    inputs: [],
  }
  let some: BatchWrite[] = []
  for await (const { path, bytes, modified, mark } of localFolder(inbox.path).list(planListing('**'), () => undefined)) {
    const batch = fileBatchId({ project: 'demo', dataset: write.dataset, source: source.name, path })
    some.push({ ...write, batch, file: { source: source.name, path, bytes, modified, hash: empty, mark } })
    if (some.length < 10_000) continue
    await know(some)
    some = []
  }
  if (some.length > 0) await know(some)
} else {
  const startedMs = performance.now()
  const { output, error } = await pullOnce({ lake, inbox, source, into, run: `pull ${process.pid}` })
  if (error !== undefined) throw error
  const usage = process.resourceUsage()
  const told = { ms: Math.round(performance.now() - startedMs), cpuMs: Math.round((usage.userCPUTime + usage.systemCPUTime) / 1_000) }
  process.stdout.write(JSON.stringify({ ...told, peakMb: Math.round(usage.maxRSS / 1_024), files: output?.files }))
}
duck.close()
