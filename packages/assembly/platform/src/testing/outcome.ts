import { hashText, type Receipt } from '@sluice/core'
import type { Lake } from '@sluice/lake'
import type { Warehouse } from '@sluice/warehouse'

/** What a run of a pipeline left behind and said, as far as two ways to run it must agree. */
export interface Outcome {
  readonly state: string
  readonly tasks: Readonly<Record<string, TaskOutcome>>
  readonly ledger: readonly object[]
  /** Rows by table or dataset, quarantine and outbox among them. */
  readonly rows: Readonly<Record<string, readonly unknown[]>>
}

export interface TaskOutcome {
  readonly state: string
  readonly output: unknown
  readonly error: { readonly code: string; readonly message: string } | null
  readonly reason: string | null
  readonly log: readonly string[]
}

/** What differs from run to run, to be blotted out. */
export interface Chance {
  /** From here on the clock of the machine is meant; pipelines of the suite run at instants before it. */
  readonly since: number
}

/** Receipts without what only one sink knows: the numbers of loads, and sizes. */
export const ledgerOf = (receipts: readonly Receipt[]): readonly object[] =>
  receipts
    .map(({ dataset, batch, generation, status, reason, rowsIn, rowsWritten, rowsQuarantined, credits, inputs }) => {
      const read = inputs.map((input) => `${input.dataset} ${input.batch}`).sort()
      return { dataset, batch, generation, status, reason, rowsIn, rowsWritten, rowsQuarantined, credits, read }
    })
    .sort((a, b) => byText(a, b))

/** Every table of the warehouse and every dataset of the lake, rows in an order of their own. */
export async function rowsOf(lake: Lake, warehouse: Warehouse): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const rows: Record<string, readonly unknown[]> = {}
  const loads = await warehouse.pool.query<{ id: string; batch: string }>('select id::text, batch from public.sluice_loads')
  const batches = new Map(loads.map(({ id, batch }) => [id, batch]))
  const tables = await warehouse.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') and tablename not in ('sluice_loads', 'sluice_migrations')`,
  )
  for (const { name } of tables) {
    const found = await warehouse.pool.query<{ row: Record<string, unknown> }>(`select to_jsonb(t) as row from ${name} t`)
    rows[name] = found.map(({ row }) => loadsAsBatches(row, batches)).sort(byText)
  }
  for (const { dataset } of await lake.tables()) {
    const found: unknown[] = []
    for await (const chunk of lake.read(dataset)) found.push(...chunk)
    rows[dataset] = found.sort(byText)
  }
  return rows
}

function loadsAsBatches(row: Record<string, unknown>, batches: ReadonlyMap<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, /^_?load_id$/.test(name) ? (batches.get(String(value)) ?? value) : value]),
  )
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

/** The outcome without what differs from run to run. */
export function blotted<T>(outcome: T, { since }: Chance): T {
  const isNow = (at: number): boolean => at >= since && at <= Date.now() + 1_000
  const blot = (value: unknown, name: string): unknown => {
    if (Array.isArray(value)) return value.map((each) => blot(each, name))
    if (typeof value === 'object' && value !== null) return blotMembers(value)
    if (typeof value === 'number') return measured.has(name) ? '<measured>' : isNow(value) ? '<now>' : value
    if (typeof value !== 'string') return value
    if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(value) && isNow(Date.parse(value))) return '<now>'
    return shortened(
      value
        .replaceAll(/\b\d+ ms\b/g, '<measured>')
        .replaceAll(/(?<=127\.0\.0\.1:)\d+/g, '<port>')
        .replaceAll(/\bsluice_test_\w+/g, '<database>'),
    )
  }
  const blotMembers = (value: object): object => {
    const members = Object.entries(value).map(([name, member]) => [name, blot(member, name)] as const)
    // The number of a load counts what else the warehouse holds.
    const isLoad = 'store' in value && value.store === 'warehouse'
    return Object.fromEntries(members.map(([name, member]) => [name, isLoad && name === 'version' ? '<load>' : member]))
  }
  return blot(outcome, '') as T
}

const measured = new Set(['ms', 'bytes'])

/** A body of an answer would hide in a failure what differs. */
const shortened = (text: string): string => (text.length < 300 ? text : `${text.slice(0, 100)}... ${hashText(text)}`)
