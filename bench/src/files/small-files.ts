import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import { treeOf } from '../engine/process-tree.ts'
import { linkLibraries } from '../engine/project.ts'
import { startServer } from '../engine/server.ts'
import { atMost, type Measure, measure, noBar, timed } from '../measure.ts'

const rowsOfFile = 20
const command = fileURLToPath(new URL('../../../apps/cli/bin/sluice.js', import.meta.url))

const project: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module" }',
  'sluice.config.ts': `import { platform } from 'sluice'\nexport default platform({ projects: ['projects/shop'], port: 0 })\n`,
  'projects/shop/package.json': '{ "type": "module" }',
  'projects/shop/sluice.config.ts': `import { project } from 'sluice'\nexport default project({ name: 'shop' })\n`,
  'projects/shop/pipelines/sales.ts': `import { bigint, csv, dataset, date, decimal, fileSource, pipeline, pull, text, within } from 'sluice'
const sales = dataset('silver.sales', {
  on: 'lake',
  columns: { id: bigint({ notNull: true }), customer: text(), total: decimal(10, 2), sold_on: date() },
  checks: [within('total', { min: 0 })],
})
const inbox = fileSource({ name: 'inbox', folder: 'inbox', pattern: '**/*.csv', format: csv(), ready: { stable: '0s' } })
export default pipeline({ name: 'sales', steps: [pull({ from: inbox, into: sales })] })
`,
}

/** One pull of many files on a platform of real processes, from the start of `sources pull` to its answer with each receipt. */
export async function measureSmallFiles(connection: DuckConnection, dir: string, count: number): Promise<readonly Measure[]> {
  const root = join(dir, 'shop')
  const inbox = join(root, 'projects/shop/inbox')
  for (const [path, text] of Object.entries(project)) {
    await mkdir(join(root, path, '..'), { recursive: true })
    await writeFile(join(root, path), text)
  }
  await linkLibraries(root)
  await mkdir(inbox)
  for (let file = 0; file < count; file++) await writeFile(join(inbox, `${String(file).padStart(6, '0')}.csv`), textOf(file))

  await using server = await startServer(root)
  const before = await cpuMsOf(server.pid)
  let said = ''
  const ms = await timed(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [command, 'sources', 'pull', 'shop', 'inbox', '--json'], {
      cwd: root,
      maxBuffer: 1 << 28,
    })
    said = stdout
  })
  const cpuMs = (await cpuMsOf(server.pid)) - before
  const { batches } = JSON.parse(said) as { readonly batches: readonly { readonly rowsWritten: number }[] }
  const written = batches.reduce((sum, each) => sum + each.rowsWritten, 0)
  if (batches.length !== count || written !== count * rowsOfFile)
    throw new Error(`The pull wrote ${written} rows of ${batches.length} files, not ${count * rowsOfFile} of ${count}.`)
  const raw = await timed(() =>
    connection.run(`COPY (SELECT * FROM read_csv(${quoteLiteral(`${inbox}/*.csv`)}, header = true)) TO '${dir}/small.parquet'`),
  )
  const name = `${count} files of ${rowsOfFile} rows in one pull`
  return [measure(name, ms, 'ms', atMost(30_000, 'ms'), raw), measure(`${name}: processor time of the platform`, cpuMs, 'ms', noBar)]
}

function textOf(file: number): string {
  const lines = Array.from({ length: rowsOfFile }, (_, row) => {
    const id = file * rowsOfFile + row
    return `${id},customer ${id % 1_000},${(id % 10_000) / 100},2026-01-${String(1 + (id % 28)).padStart(2, '0')}`
  })
  return `id,customer,total,sold_on\n${lines.join('\n')}\n`
}

const cpuMsOf = async (pid: number): Promise<number> => (await treeOf(pid)).reduce((sum, each) => sum + each.cpuMs, 0)
