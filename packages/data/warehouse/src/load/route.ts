import type { RowCheck } from '@sluice/author'
import { looksAtAll } from './insert-unchecked.ts'
import { isPlain, type LoadPlan, type StagedColumn, wholeRoad } from './plan.ts'

/**
 * How rows get into the table. `straight`: by COPY, once the different texts of the columns in `looks` are judged; a row that a rule
 * refuses is held back, and goes through staging to quarantine. `staged`: all rows go through staging. Both leave the same rows, quarantine
 * and receipt. `why` is for people.
 */
export type Route =
  | { readonly way: 'straight'; readonly looks: readonly (readonly string[])[]; readonly why: string }
  | { readonly way: 'staged'; readonly why: string }

/** What the server says of the table and the role. */
export interface TableFacts {
  /** Columns whose type in the database is another one, or which it lets be null. */
  readonly otherColumns: readonly string[]
  /** What COPY heeds otherwise than INSERT, or only at the end: rules, row security, triggers, deferrable constraints. */
  readonly obstacles: readonly string[]
  /** The role may insert without the triggers of foreign keys. */
  readonly mayDoWithoutTriggers: boolean
  /** Rows with an older value in the order column are kept no longer. */
  readonly limit: string | undefined
}

/** What the texts of the file turned out to be. */
export interface LookedThrough {
  readonly rows: number
  readonly bytes: number
  /** By columns: more different texts than are worth knowing. */
  readonly tooMany: readonly string[]
  /** Columns with texts that are right and that COPY reads as another value, or not at all. */
  readonly readOtherwise: readonly string[]
  /** Rows to be held back, at most. */
  readonly heldBack: number
}

export interface RouteFacts {
  readonly source: 'file' | 'stream' | 'query'
  /** At least about so many. */
  readonly rows: number
  readonly largeFrom: number
  readonly table?: TableFacts
  readonly found?: LookedThrough
}

/** Held in memory while the others are written. */
const mostHeldBytes = 64 * 1024 * 1024

/** From what is known so far: each further fact can turn `straight` into `staged`, never back. */
export function planRoute(plan: LoadPlan, facts: RouteFacts): Route {
  const why = ofPlan(plan, facts) ?? ofTable(plan, facts.table) ?? ofFound(facts.found)
  if (why !== undefined) return { way: 'staged', why }
  const looks = looksOf(plan)
  return { way: 'straight', looks, why: looks.length === 0 ? 'each text is known to fit its column' : `looked at before: ${named(looks)}` }
}

function ofPlan(plan: LoadPlan, { source, rows, largeFrom }: RouteFacts): string | undefined {
  const road = wholeRoad(plan)
  const { uniqueInBatch, references, judgement } = road
  const adjusted = judgement.adjusted.map(({ column }) => column)
  const ofBatch = references.filter(({ parentStaged }) => parentStaged !== undefined)
  if (source === 'query') return 'the rows are in the warehouse already'
  if (plan.mode === 'scd2') return 'versions are made of what was seen'
  if (source === 'stream') return 'a stream can be read once only'
  if (rows < largeFrom) return `fewer than ${largeFrom} rows`
  if (uniqueInBatch.length > 0) return `${named(uniqueInBatch.map(({ columns }) => columns))} must be unique within the batch`
  if (adjusted.length > 0) return `${adjusted.join(', ')} may be changed to fit, and that is counted`
  if (ofBatch.length > 0) return `${named(ofBatch.map(({ columns }) => columns))} may refer to rows of the batch`
  if (!looksAtAll(plan, road)) return 'the database fills columns of a foreign key'
  return undefined
}

function ofTable(plan: LoadPlan, table: TableFacts | undefined): string | undefined {
  if (table === undefined) return undefined
  const { order } = plan.table.facts
  const ordered = plan.columns.find(({ name }) => name === order)
  if (table.otherColumns.length > 0) return `the table has ${table.otherColumns.join(', ')} otherwise than declared`
  if (table.obstacles.length > 0) return `the table has ${table.obstacles.join(', ')}`
  if (plan.references.length > 0 && !table.mayDoWithoutTriggers) return 'the role may not insert without the triggers of foreign keys'
  if (table.limit !== undefined && ordered !== undefined && !isPlain(ordered)) return `texts of ${order} must be judged before their age`
  return undefined
}

function ofFound(found: LookedThrough | undefined): string | undefined {
  if (found === undefined) return undefined
  const { tooMany, readOtherwise, heldBack, rows, bytes } = found
  if (tooMany.length > 0) return `${tooMany.join('; ')} has too many different values to look at each`
  if (readOtherwise.length > 0) return `COPY reads texts of ${readOtherwise.join(', ')} otherwise`
  if (heldBack * 10 > rows) return `${heldBack} of ${rows} rows are refused`
  if ((heldBack * bytes) / Math.max(1, rows) > mostHeldBytes) return `${heldBack} refused rows are too large for memory`
  return undefined
}

/** Columns of each reference, and each other column whose texts may be anything. */
export function looksOf(plan: LoadPlan): readonly (readonly string[])[] {
  const references = wholeRoad(plan).references.map(({ columns }) => columns)
  const alone = plan.columns.filter((column) => !isPlain(column)).map(({ name }) => [name])
  const sets = [...references, ...alone]
  return sets.filter((set, place) => sets.findIndex((other) => other.join() === set.join()) === place)
}

/** The checks of these columns alone. */
export const checksOf = (checks: readonly RowCheck[], has: (name: string) => boolean): readonly RowCheck[] =>
  checks.flatMap((check): readonly RowCheck[] => {
    if (!('columns' in check)) return has(check.column) ? [check] : []
    const columns = check.columns.filter(has)
    return columns.length === 0 ? [] : [{ ...check, columns }]
  })

/** The same load of fewer columns, with the checks that look at no others. */
export function planOf(plan: LoadPlan, isPart: (column: StagedColumn) => boolean): LoadPlan {
  const columns = plan.columns.filter(isPart)
  const names = columns.map(({ name }) => name)
  return { ...plan, columns, checks: checksOf(plan.checks, (name) => names.includes(name)) }
}

const named = (sets: readonly (readonly string[])[]): string => sets.map((columns) => columns.join(' and ')).join(', ')
