import { inputErrors, SluiceError } from '@sluice/core'
import { type Connection, copyIn } from '@sluice/postgres'
import { quoteEndMarks, takesEndMark } from './end-mark.ts'
import { withoutNul } from './nul.ts'
import { type GivenTypes, type LoadPlan, stagedPrefix } from './plan.ts'
import { copyQuery, type QuerySource } from './query-source.ts'
import type { LoadRequest } from './request.ts'
import { type CsvSource, countedSource } from './source.ts'
import { loadStatements, stage } from './statements.ts'

/** What stands in staging. */
export interface Staged {
  /** As the rows were staged. */
  readonly plan: LoadPlan
  readonly rows: number
  /** Read. */
  readonly bytes: number
  /** What is known of the texts. */
  readonly given: GivenTypes
  /** Texts had NUL characters, of which stand-ins are left. */
  readonly hadNul: boolean
}

export async function stageCsv(
  tx: Connection,
  plan: LoadPlan,
  source: CsvSource,
  { signal, given = {} }: LoadRequest,
  before: readonly string[] = [],
): Promise<Staged> {
  const { createStaging, copyIntoStaging } = loadStatements(plan)
  const [server] = await tx.query<{ marks: boolean }>([...before, createStaging, takesEndMark].join('; '))
  const input = countedSource(source, signal)
  const { pieces, found } = withoutNul(server?.marks === true ? quoteEndMarks(input.pieces) : input.pieces)
  try {
    const rows = await copyIn(tx, copyIntoStaging, pieces)
    return { plan, rows, bytes: input.bytes(), given, hadNul: found() }
  } catch (error) {
    throw named(error, plan)
  }
}

/** Nothing crosses. */
export async function stageQuery(tx: Connection, plan: LoadPlan, query: QuerySource): Promise<Staged> {
  await tx.query(loadStatements(plan).createStaging)
  return { plan, rows: await copyQuery(tx, plan, query, stage), bytes: 0, given: {}, hadNul: false }
}

/** A file whose values are not of the types that it was said to hold is staged as text, and judged. */
export async function stageFile(tx: Connection, plan: LoadPlan, asText: LoadPlan, path: string, request: LoadRequest): Promise<Staged> {
  if (!plan.columns.some(({ parsed }) => parsed)) return await stageCsv(tx, plan, path, request)
  const untrusted = { ...request, given: {} }
  try {
    // The savepoint is not released: that would be a round trip more, and it ends with the transaction.
    return await stageCsv(tx, plan, path, untrusted, ['savepoint before_staging'])
  } catch (error) {
    if (!isMalformed(error)) throw error
    await tx.query('rollback to savepoint before_staging')
    return await stageCsv(tx, asText, path, untrusted)
  }
}

/** COPY names the columns of staging: the reader knows them by the table's names. */
function named(error: unknown, { table, columns }: LoadPlan): unknown {
  if (!(error instanceof SluiceError) || error.code !== 'postgres.failed' || error.facts.line === undefined) return error
  const names = columns.map(({ name }) => name)
  const staged = stagedName.exec(error.message)?.[1]
  const column = staged === undefined ? undefined : names[Number(staged) - 1]
  const message = error.message.replaceAll(new RegExp(stagedName, 'g'), (_, number) => `column ${names[Number(number) - 1]}`)
  return inputErrors.invalid(`load into ${table.name}: ${message}`, {
    facts: { ...error.facts, table: table.name, ...(column === undefined ? {} : { column }) },
    cause: error,
    next: `The file must have ${names.length} columns (${names.join(', ')}) in UTF-8; nothing was written.`,
  })
}

const stagedName = new RegExp(`column "?${stagedPrefix}(\\d+)\\b"?`)

/** Text that its column's type refuses, wherever it is parsed. */
const isMalformed = (error: unknown): boolean =>
  error instanceof SluiceError && (inputErrors.invalid.is(error) || /^22/.test(String(error.facts.sqlstate)))
