/**
 * `npm run bench -- NAME [--rows ROW] [--json]`: measures, never judges a test. Exit code 0 also where a bar is missed; 2 for a name that
 * is unknown.
 */
import { parseArgs } from 'node:util'
import type { Measure } from './measure.ts'
import { undoAll } from './scratch.ts'

interface Suite {
  /** Rows that may be asked for by themselves; a suite without them is measured whole. */
  readonly rows?: readonly string[]
  readonly run: (progress: (line: string) => void, rows: readonly string[]) => Promise<readonly Measure[]>
}

const suites: Readonly<Record<string, () => Promise<Suite>>> = {
  engine: () => import('./suites/engine.ts'),
  delta: () => import('./suites/delta.ts'),
  'delta-small': () => import('./suites/delta-small.ts'),
  warehouse: () => import('./suites/warehouse.ts'),
  columns: () => import('./suites/columns.ts'),
  types: () => import('./suites/types.ts'),
  memory: () => import('./suites/memory.ts'),
  command: () => import('./suites/command.ts'),
  files: () => import('./suites/files.ts'),
  dev: () => import('./suites/dev.ts'),
  models: () => import('./suites/models.ts'),
  backup: () => import('./suites/backup.ts'),
  peers: () => import('./suites/peers.ts'),
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, rows: { type: 'string', multiple: true, default: [] } },
})
/** Only by its name: it installs three products of others, a gigabyte in all. */
const onlyByName = 'peers'
const names = positionals.length === 0 ? Object.keys(suites).filter((name) => name !== onlyByName) : positionals
const unknown = names.filter((name) => suites[name] === undefined)
const asked = values.rows.flatMap((text) => text.split(','))

let interrupted = false
for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
  process.once(signal, () => {
    interrupted = true
    void undoAll().finally(() => process.exit(code))
  })
}

if (unknown.length > 0) {
  console.error(`No benchmark is named ${unknown.join(', ')}. There are: ${Object.keys(suites).join(', ')}.`)
  process.exitCode = 2
} else if (asked.length > 0 && !(await areRows(names, asked))) {
  process.exitCode = 2
} else {
  try {
    const measures = await measureAll()
    console.log(values.json ? JSON.stringify(measures, null, 2) : tableOf(measures))
  } catch (error) {
    // Work that fails because its folder is being removed is expected.
    if (!interrupted) throw error
  }
}

async function areRows(of: readonly string[], wanted: readonly string[]): Promise<boolean> {
  for (const name of of) {
    const rows = (await suites[name]?.())?.rows ?? []
    const missing = wanted.filter((row) => !rows.includes(row))
    if (missing.length === 0) continue
    const there = rows.length === 0 ? 'It is measured whole.' : `There are: ${rows.join(', ')}.`
    console.error(`The suite ${name} has no row ${missing.join(', ')}. ${there}`)
    return false
  }
  return true
}

async function measureAll(): Promise<readonly Measure[]> {
  const measures: Measure[] = []
  for (const name of names) {
    const suite = await suites[name]?.()
    measures.push(...((await suite?.run((line) => console.error(`${name}: ${line}`), asked)) ?? []))
  }
  return measures
}

function tableOf(measures: readonly Measure[]): string {
  const rows = measures.map((each) => [
    each.ok ? 'ok  ' : 'MISS',
    each.name,
    `${each.value} ${each.unit}`,
    each.limit === null ? '' : `raw ${each.limit}`,
    each.ratio === null ? '' : `${each.ratio} x`,
    each.bar,
  ])
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n')
}
