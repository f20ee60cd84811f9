/** `npm run bench -- NAME [--json]`: measures, never judges a test. Exit code 0 also where a bar is missed; 2 for an unknown name. */
import { parseArgs } from 'node:util'
import type { Measure } from './measure.ts'
import { undoAll } from './scratch.ts'

const suites: Readonly<Record<string, () => Promise<{ readonly run: (progress: (line: string) => void) => Promise<readonly Measure[]> }>>> =
  {
    engine: () => import('./suites/engine.ts'),
    delta: () => import('./suites/delta.ts'),
    'delta-small': () => import('./suites/delta-small.ts'),
    warehouse: () => import('./suites/warehouse.ts'),
    columns: () => import('./suites/columns.ts'),
    types: () => import('./suites/types.ts'),
    memory: () => import('./suites/memory.ts'),
    command: () => import('./suites/command.ts'),
  }

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean', default: false } } })
const names = positionals.length === 0 ? Object.keys(suites) : positionals
const unknown = names.filter((name) => suites[name] === undefined)

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
} else {
  try {
    const measures = await measureAll()
    console.log(values.json ? JSON.stringify(measures, null, 2) : tableOf(measures))
  } catch (error) {
    // Work that fails because its folder is being removed is expected.
    if (!interrupted) throw error
  }
}

async function measureAll(): Promise<readonly Measure[]> {
  const measures: Measure[] = []
  for (const name of names) {
    const suite = await suites[name]?.()
    measures.push(...((await suite?.run((line) => console.error(`${name}: ${line}`))) ?? []))
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
