import type { AnyDataset } from '@sluice/author'
import { definitionErrors } from '@sluice/core'
import { type Connection, quoteIdentifier, quoteLiteral, sqlTokens } from '@sluice/postgres'
import type { QuerySource } from './query-source.ts'

/**
 * Declared STABLE, and something else in each transaction or session. Others that are STABLE depend on the settings of the session, which
 * the platform fixes, or on tables.
 */
const unsteady = [
  ...['now', 'transaction_timestamp', 'statement_timestamp', 'current_setting', 'pg_current_xact_id', 'pg_current_xact_id_if_assigned'],
  ...['txid_current_if_assigned', 'pg_current_snapshot', 'txid_current_snapshot', 'pg_postmaster_start_time', 'pg_conf_load_time'],
  ...['inet_client_addr', 'inet_client_port', 'inet_server_addr', 'inet_server_port', 'pg_backend_pid'],
]

/** In the body of a function that somebody has written: VOLATILE is what it is declared as by default, so its words decide. */
const unsteadyBody = String.raw`\m(current_date|current_time|current_timestamp|localtime|localtimestamp)\M|\m(now|clock_timestamp|timeofday|statement_timestamp|transaction_timestamp|random|random_normal|setseed|gen_random_uuid|uuidv4|uuidv7|nextval|currval|lastval|txid_current|pg_current_xact_id)\s*\(`

/** $1 oids: those that may give something else on another run. `age` with one argument counts from today. */
const volatileAmong = `
select proname as name, pronamespace <> 'pg_catalog'::regnamespace as own from pg_proc
where oid = any($1::oid[]) and case when pronamespace = 'pg_catalog'::regnamespace
  then provolatile = 'v' or proname = any($2) or (proname = 'age' and pronargs = 1 and proargtypes[0] <> 'xid'::regtype)
  else provolatile = 'v' and concat(prosrc, pg_get_function_sqlbody(oid)) ~* $3 end
order by proname limit 1`

/** What PostgreSQL has made of the query. Dropped at once: the view is there for its tree alone. */
const view = 'sluice_query'
const treeOf = `select r.ev_action::text as tree, pg_get_viewdef(c.oid) as text
from pg_rewrite r join pg_class c on c.oid = r.ev_class where c.relname = '${view}' and c.relnamespace = pg_my_temp_schema()`

/**
 * Refuses a query that gives other rows when it runs again, by what PostgreSQL has parsed: functions that it declares volatile or that
 * read the clock, whatever they are called by, `current_date` and its kin, samples, and texts such as 'today' that it has turned into a
 * time. @throws `definition.invalid` naming the word
 */
export async function refuseVolatile(tx: Connection, table: AnyDataset, query: QuerySource, columns: readonly string[]): Promise<void> {
  const names = columns.map((_, at) => `c${at + 1}`).join(', ')
  const text = withValues(query)
  await tx.query('savepoint looking')
  await tx.query(`create temporary view ${quoteIdentifier(view)} (${names}) as select * from (${text}\n) as result`)
  const [made] = await tx.query<{ tree: string; text: string }>(treeOf)
  const word = made === undefined ? undefined : await wordIn(tx, made, text)
  await tx.query('rollback to savepoint looking')
  await tx.query('release savepoint looking')
  if (word === undefined) return
  throw definitionErrors.invalid(`the query for ${table.name}: ${word.name} gives something else on each run`, {
    facts: { table: table.name, word: word.name },
    next: word.own
      ? 'Its body reads the clock or chance: give it the interval of the run as an argument. If it is steady all the same, declare it STABLE.'
      : 'Use the interval of the run (interval.start, interval.end) or a column of the data; a replay must give the same rows.',
  })
}

interface Word {
  readonly name: string
  /** Not one of PostgreSQL's. */
  readonly own: boolean
}

async function wordIn(tx: Connection, made: { readonly tree: string; readonly text: string }, text: string): Promise<Word | undefined> {
  if (made.tree.includes('{TABLESAMPLECLAUSE ')) return { name: 'a sample', own: false }
  if (made.tree.includes('{NEXTVALUEEXPR ')) return { name: 'nextval', own: false }
  const times = [...made.tree.matchAll(/\{SQLVALUEFUNCTION :op (\d+) /g)].map(([, op]) => timeWords[Number(op)])
  const time = times.find((name) => name !== undefined)
  if (time !== undefined) return { name: time, own: false }
  const oids = [...made.tree.matchAll(/:(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)/g)].map(([, oid]) => Number(oid))
  const [found] = await tx.query<Word>(volatileAmong, [[...new Set(oids)], unsteady, unsteadyBody])
  if (found !== undefined) return { ...found, name: `${found.name}()` }
  const turned = clockTexts.find((word) => count(text, word) > count(made.text, word))
  return turned === undefined ? undefined : { name: `'${turned}'`, own: false }
}

/** `SQLValueFunctionOp` (primnodes.h), the same in 16 to 18; those behind tell user, role and catalog. */
const timeWords = [
  ...['current_date', 'current_time', 'current_time', 'current_timestamp', 'current_timestamp'],
  ...['localtime', 'localtime', 'localtimestamp', 'localtimestamp'],
]

/** Where one of these becomes a time, the parser puts the time itself in its place. */
const clockTexts = ['now', 'today', 'tomorrow', 'yesterday']
const count = (text: string, word: string): number => text.match(new RegExp(`'\\s*${word}\\s*'`, 'gi'))?.length ?? 0

/** A view takes no parameters: the values are written where they stand. */
function withValues({ text, params }: QuerySource): string {
  let [written, end, dollar] = ['', 0, -1]
  for (const { kind, text: number, at } of sqlTokens(text)) {
    if (kind === 'symbol' && dollar === at - 1 && /^\d+$/.test(number)) {
      written += text.slice(end, dollar) + valueText(params[Number(number) - 1])
      end = at + number.length
    }
    dollar = number === '$' ? at : -1
  }
  return written + text.slice(end)
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  return quoteLiteral(Array.isArray(value) ? `{${value.join(',')}}` : String(value))
}
