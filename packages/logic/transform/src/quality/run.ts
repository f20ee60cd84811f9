import { inputsOf, type Quality, type QualityFound, type Reading, type Sql } from '@sluice/author'
import {
  planQuality,
  postgresDialect,
  type QualityAsked,
  type QualityFigures,
  type QualityVerdict,
  sampleSql,
  verdictsOf,
} from '@sluice/checks'
import { type InputVersion, qualityErrors } from '@sluice/core'
import { postgresType, quoteLiteral } from '@sluice/postgres'
import { type Asking, askRow, type Figure, shown } from '../check/ask.ts'
import { refuseClock } from '../model/clock-words.ts'
import { rowsDialect } from '../rows/plan.ts'

export interface RunQualityOptions extends Omit<Asking, 'name' | 'store' | 'reading' | 'limit'> {
  readonly step: Quality
  readonly readingOf: (sql: Sql) => Promise<Reading>
  readonly now: number
}

export interface CheckedQuality {
  readonly verdicts: readonly QualityVerdict[]
  readonly found: QualityFound
  readonly inputs: readonly InputVersion[]
  /** Rows that show how a check is broken, by the name of the check. */
  readonly samples: Readonly<Record<string, readonly Readonly<Record<string, Figure>>[]>>
}

const mostSampled = 5
const warehouseDialect = postgresDialect({ literal: quoteLiteral, type: postgresType })

/** Asks all checks of a dataset. @throws `definition.invalid` for SQL that does not run or reads the clock */
export async function runQuality(options: RunQualityOptions): Promise<CheckedQuality> {
  const { step, now } = options
  const { on, checks, where, name } = step
  const asked: QualityAsked = { on, checks, where, now }
  const dialect = on.on === 'warehouse' ? warehouseDialect : rowsDialect
  const { pass, others } = planQuality(asked, dialect)
  const whole: Sql = { kind: 'sql', parts: [pass, ...others].flatMap(({ parts }) => parts) }
  refuseClock(name, whole)
  const reading = await options.readingOf(whole)
  const asking = { ...options, name, store: on.on, reading }
  const figures: Record<string, Figure> = {}
  for (const sql of [pass, ...others]) Object.assign(figures, (await rowsOf(asking, sql))[0])
  const verdicts = verdictsOf(checks, figures, step.otherwise === 'warn')
  const samples: Record<string, readonly Readonly<Record<string, Figure>>[]> = {}
  for (const [at, check] of checks.entries()) {
    const verdict = verdicts[at]
    const sql = (verdict?.broken ?? 0) > 0 ? sampleSql(asked, check, dialect, mostSampled) : undefined
    if (verdict !== undefined && sql !== undefined) samples[verdict.name] = await rowsOf({ ...asking, limit: mostSampled }, sql)
  }
  return { verdicts, found: foundOf(verdicts, figures), inputs: inputsOf(whole, reading), samples }
}

async function rowsOf(asking: Asking, sql: Sql): Promise<readonly Readonly<Record<string, Figure>>[]> {
  const { columns, rows } = await askRow(asking, sql)
  return rows.map((row) => Object.fromEntries(columns.map(({ name, type }, at) => [name, shown(row[at] ?? null, type)])))
}

function foundOf(verdicts: readonly QualityVerdict[], figures: QualityFigures): QualityFound {
  const count = (status: QualityVerdict['status']): number => verdicts.filter((each) => each.status === status).length
  const [passed, warned, failed] = [count('passed'), count('warned'), count('failed')]
  return {
    ok: failed === 0,
    rows: Number(figures.rows),
    score: passed / verdicts.length,
    passed,
    warned,
    failed,
    figures: Object.fromEntries(verdicts.map(({ name, broken, rows }, at) => [name, newestOf(figures[`v${at}`]) ?? broken ?? rows])),
  }
}

const newestOf = (value: Figure | undefined): string | undefined => (typeof value === 'string' ? value : undefined)

/** @throws `quality.failed` */
export function refuseFailed(step: Quality, { verdicts, found, samples }: CheckedQuality): void {
  const failed = verdicts.filter(({ status }) => status === 'failed')
  if (failed.length === 0) return
  const counts = failed.length === 1 ? '' : `${failed.length} of ${verdicts.length} checks of ${step.on.id} failed: `
  throw qualityErrors.failed(`${counts}${failed.map(({ message }) => message).join('; ')}`, {
    facts: { check: step.name, datasets: [step.on.id], ...found, broken: failed.map(({ name }) => name), samples },
  })
}
