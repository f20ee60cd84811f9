import { type Graded, type QualityRule, qualityName, type Tolerance } from '@sluice/author'
import { firstOf, unreachable } from '@sluice/core'
import { checkRule } from '../rule.ts'

/** What the statements of a plan have found, by column. */
export type QualityFigures = Readonly<Record<string, string | number | boolean | null>>

export interface QualityVerdict {
  readonly name: string
  readonly status: 'passed' | 'warned' | 'failed'
  /** Rows that break the rule; of a rule of the whole dataset `null`. */
  readonly broken: number | null
  /** Rows that it looks at. */
  readonly rows: number
  /** Broken of those looked at; `null` where it looks at no row, and for a rule of the whole dataset. */
  readonly share: number | null
  /** A sentence for people. */
  readonly message: string
}

type TableRule = Extract<QualityRule, { kind: 'row_count' | 'fresh' }>
type RowsRule = Exclude<QualityRule, TableRule>

interface Judged {
  readonly holds: boolean
  readonly broken: number | null
  readonly said: string
}

/** Pure. @param mild a check that does not hold warns, whatever its severity. */
export function verdictsOf(checks: readonly Graded[], figures: QualityFigures, mild: boolean): readonly QualityVerdict[] {
  return checks.map((check, at) => {
    const { rule, severity, atMost } = check
    const name = qualityName(check)
    const rows = Number(figures[`n${at}`] ?? figures.rows)
    const { holds, broken, said } =
      rule.kind === 'row_count' || rule.kind === 'fresh'
        ? ofTable(rule, rows, [figures[`b${at}`], figures[`v${at}`]])
        : ofRows(rule, rows, Number(figures[`b${at}`]), atMost)
    const status = holds ? 'passed' : mild || severity === 'warning' ? 'warned' : 'failed'
    return { name, status, broken, rows, share: broken === null || rows === 0 ? null : broken / rows, message: `${name}: ${said}` }
  })
}

function ofRows(rule: RowsRule, rows: number, broken: number, atMost: Tolerance): Judged {
  const holds = typeof atMost === 'number' ? broken <= atMost : withinShare(broken, rows, atMost)
  const allowed = atMost === 0 ? '' : `, and ${atMost} may`
  const found =
    rule.kind === 'violations' ? `the query selects ${broken} rows of ${rows}` : `${sentence(rule)} in ${broken} of ${rows} rows`
  return { holds, broken, said: `${found}${allowed}` }
}

function ofTable(rule: TableRule, rows: number, [stale, newest = null]: readonly (QualityFigures[string] | undefined)[]): Judged {
  if (rule.kind === 'fresh') {
    const found = newest === null ? `no row has a value of ${rule.column}` : `the newest ${rule.column} is ${String(newest)}`
    return { holds: Number(stale) === 0, broken: null, said: `${found}, and it may be ${rule.within} old` }
  }
  const { min, max } = rule
  return { holds: rows >= (min ?? 0) && rows <= (max ?? rows), broken: null, said: `${rows} rows, and there must be ${between(min, max)}` }
}

/** Exact: a share is compared as whole numbers. Of no rows none are broken, so that nothing is above a share. */
function withinShare(broken: number, rows: number, share: `${number}%`): boolean {
  const [, whole = '0', behind = ''] = /^(\d+)(?:\.(\d+))?%$/.exec(share) ?? []
  const scale = 10n ** BigInt(behind.length)
  return BigInt(broken) * 100n * scale <= BigInt(rows) * BigInt(whole + behind)
}

const between = (min: number | null, max: number | null): string =>
  [...(min === null ? [] : [`at least ${min}`]), ...(max === null ? [] : [`at most ${max}`])].join(' and ')

function sentence(rule: Exclude<RowsRule, { kind: 'violations' }>): string {
  switch (rule.kind) {
    case 'unique':
      return `an earlier row has the same ${rule.columns.join(', ')}`
    case 'not_null':
    case 'within':
    case 'accepted':
      return checkRule(rule).message
    case 'matches':
      return `${rule.column} does not have the form ${rule.pattern}`
    case 'length':
      return `${rule.column} must have ${between(rule.min, rule.max)} characters`
    case 'in_order':
      return `${firstOf(rule.columns, 5)} are not in order`
    case 'refers_to':
      return `the row of ${rule.to.id} that ${rule.columns.join(', ')} names is missing`
    default:
      return unreachable(rule)
  }
}
