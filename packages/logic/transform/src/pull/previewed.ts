import { brokenKey, soundKeyOf } from '@sluice/author'
import type { Json, SluiceError } from '@sluice/core'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import type { JudgedRows } from '@sluice/lake'
import type { PullLookedAt } from './look.ts'

/** A row that breaks a rule, and where it stands in its file. */
export interface BrokenRow {
  readonly line: number
  readonly column: string | null
  readonly rule: string
  /** What the rule says. */
  readonly means: string
  /** As it came, JSON. */
  readonly cells: string
}

/** Rows as a pull would write them. */
export interface PreviewedRows {
  readonly detected: Readonly<Record<string, Json>>
  /** Column of the dataset -> that of the source which fills it, or `null`. */
  readonly columns: Readonly<Record<string, string | null>>
  readonly drift: readonly string[]
  /** Why nothing of it would be written. */
  readonly refused: { readonly code: string; readonly message: string; readonly next: string } | null
  readonly rowsIn: number
  readonly rowsWritten: number
  readonly rowsQuarantined: number
  /** The first. */
  readonly rows: readonly Readonly<Record<string, Json>>[]
  readonly quarantine: readonly BrokenRow[]
}

/** The beginning of what a pull of a database or an API would read. */
export interface PreviewedAsk extends PreviewedRows {
  /** `GET https://shop.example/orders?limit=50` without secrets, or the table or query. */
  readonly asked: string
  /** From which value on; null where all is asked for. */
  readonly since: string | null
  /** A pull would go on: there may be more rows, or pages. */
  readonly more: boolean
  /** What there is to say beside it. */
  readonly told: readonly string[]
}

export async function brokenIn(
  connection: DuckConnection,
  { broken, messages }: Pick<JudgedRows, 'broken' | 'messages'>,
  limit: number,
): Promise<readonly BrokenRow[]> {
  const rows = await connection.rows<{ line: number; column: string | null; rule: string; cells: string }>(
    `SELECT row_number AS line, place AS "column", rule, cells FROM (${broken}) ORDER BY line LIMIT ${limit}`,
  )
  return rows.map((row) => ({ ...row, means: messages[row.rule] ?? row.rule }))
}

export async function keyFault(
  connection: DuckConnection,
  { broken }: Pick<JudgedRows, 'broken'>,
  into: PullLookedAt['pull']['into'],
): Promise<SluiceError | undefined> {
  const key = soundKeyOf(into)
  if (key === undefined) return undefined
  const names = `[${key.map(quoteLiteral).join(', ')}]`
  const rules = await connection.rows<{ rule: string; rows: number }>(
    `SELECT rule, count(*) AS rows FROM (${broken}) WHERE list_has_all(${names}, string_split(place, ',')) GROUP BY ALL ORDER BY 2 DESC, 1`,
  )
  return rules.length === 0 ? undefined : brokenKey(into.id, rules)
}

export const inShort = (fault: SluiceError | string | undefined): PreviewedRows['refused'] =>
  fault === undefined
    ? null
    : typeof fault === 'string'
      ? {
          code: 'quality.failed',
          message: `${fault}: nothing of it would be written`,
          next: 'Correct the file or the declaration, or let the dataset allow more: quarantine: { fail }.',
        }
      : { code: fault.code, message: fault.message, next: fault.next ?? '' }
