import { type Rule, refusalRule } from '@sluice/checks'
import { SluiceError } from '@sluice/core'
import { type Connection, quoteLiteral } from '@sluice/postgres'
import { lineColumn, stage } from './statements.ts'

/** A staged row that the database would not take, and why. */
export interface RefusedRow {
  readonly line: number
  readonly rule: Rule
}

/** SQLSTATEs of a session, a server or a lock that is lost. */
const notOfRow = '^(08|25|40|53|55P|57|58)'

/** A key that is checked at the end cannot say which row is there already: PostgreSQL refuses the first row, and names the key it means. */
const keyCheckedLate = '55000'

/**
 * What the database may refuse because of a row, where no rule of the dataset knows it: checks, unique and exclusion constraints, policies,
 * triggers and domains made by hand, generated columns that overflow, a key that is too long for its index. A trigger raises any SQLSTATE,
 * also one of its own.
 */
export function isOfRow(thrown: unknown): thrown is SluiceError {
  if (!(thrown instanceof SluiceError) || typeof thrown.facts.sqlstate !== 'string') return false
  const { sqlstate, constraint } = thrown.facts
  return !new RegExp(notOfRow).test(sqlstate) && !(sqlstate === keyCheckedLate && constraint !== undefined)
}

/** Ranges up to so many lines are not halved further: the server tries their rows one by one (30 us each, 60 us where one is refused). */
const few = 1_000

/** An insert, and what it leaves for the end of the transaction. */
export interface TriedInsert {
  /** $1 load id, $2 and $3 the first and the last line. */
  readonly insertBetween: string
  readonly id: number
  /** Names of constraints that are checked late: asked for after each try. */
  readonly deferred: string | undefined
}

/** Statements that check them now, and late again. */
export const checkNow = (constraints: string): readonly [string, string] => [
  `set constraints ${constraints} immediate`,
  `set constraints ${constraints} deferred`,
]

/**
 * Tries the insert of no rows first: what is refused then is not a row. Then of ranges of lines, halved until a range is taken or is short,
 * and then row by row: however many rows are refused, it takes no more than one try for each row of the ranges that hold one. What it
 * inserts and makes is the caller's to take back.
 */
export async function refusedRows(
  tx: Connection,
  { insertBetween, id, deferred }: TriedInsert,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly RefusedRow[]> {
  await tx.query(`create index on ${stage} (${lineColumn})`)
  await tx.query(createRefused)
  await tx.query(insertBetween, [id, from, from - 1])
  await attempt(from, to)
  const found = await tx.query<Refusal & { readonly line: number }>(`select * from pg_temp.${refused} order by line`)
  const rules = new Map<string, Rule>()
  return found.map(({ line, ...refusal }) => {
    const key = [refusal.sqlstate, refusal.constraint, refusal.column].join(' ')
    const rule = rules.get(key) ?? ruleOf(refusal)
    rules.set(key, rule)
    return { line, rule }
  })

  async function attempt(first: number, last: number): Promise<void> {
    await tx.query('savepoint some_rows')
    try {
      await tx.query(insertBetween, [id, first, last])
      for (const statement of deferred === undefined ? [] : checkNow(deferred)) await tx.query(statement)
      await tx.query('release savepoint some_rows')
      return
    } catch (thrown) {
      if (!isOfRow(thrown)) throw thrown
      await tx.query('rollback to savepoint some_rows')
      await tx.query('release savepoint some_rows')
    }
    if (last - first < few) {
      await tx.query(oneByOne({ insertBetween, id, deferred }, { first, last }))
      return
    }
    const middle = first + Math.floor((last - first) / 2)
    await attempt(first, middle)
    await attempt(middle + 1, last)
  }
}

const refused = 'sluice_refused'

const createRefused = `create temporary table ${refused} (line bigint, sqlstate text, "constraint" text, "column" text, message text) on commit drop`

/** A DO statement takes no parameters: what stands in it are numbers, and the insert as a literal. */
const oneByOne = (
  { insertBetween, id, deferred }: TriedInsert,
  { first, last }: { readonly first: number; readonly last: number },
): string =>
  `do ${quoteLiteral(`
declare at bigint; state text; cons text; col text; said text;
begin
  for at in select ${lineColumn} from ${stage} where ${lineColumn} between ${first} and ${last} order by 1 loop
    begin
      execute ${quoteLiteral(insertBetween)} using ${id}::bigint, at, at;
      ${(deferred === undefined ? [] : checkNow(deferred)).map((statement) => `execute ${quoteLiteral(statement)};`).join(' ')}
    exception when others or assert_failure then
      get stacked diagnostics state = returned_sqlstate, cons = constraint_name, col = column_name, said = message_text;
      if state ~ '${notOfRow}' or (state = '${keyCheckedLate}' and cons <> '') then raise; end if;
      insert into pg_temp.${refused} values (at, state, cons, col, said);
    end;
  end loop;
end`)}`

interface Refusal {
  readonly sqlstate: string
  readonly constraint: string
  readonly column: string
  readonly message: string
}

function ruleOf({ sqlstate, constraint, column, message }: Refusal): Rule {
  if (sqlstate === '23502' && column !== '') return refusalRule('not_null', column, message)
  return constraint === '' ? refusalRule('refused', sqlstate, message) : refusalRule('constraint', constraint, message)
}
