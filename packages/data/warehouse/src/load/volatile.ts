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

/**
 * In the body of a function that somebody has written, or in the defaults of its arguments: VOLATILE is what it is declared as by default,
 * and STABLE is right for one that reads the clock, so its words decide.
 */
const unsteadyBody = String.raw`\m(current_date|current_time|current_timestamp|localtime|localtimestamp)\M|\m(now|clock_timestamp|timeofday|statement_timestamp|transaction_timestamp|random|random_normal|setseed|gen_random_uuid|uuidv4|uuidv7|nextval|currval|lastval|txid_current|pg_current_xact_id)\s*\(`

/**
 * $1 oids: those that may give something else on another run, and of aggregates what they call. `age` with one argument counts from today.
 */
const volatileAmong = `
with called as (
  select unnest($1::oid[]) as oid
  union select unnest(array[aggtransfn, aggfinalfn, aggcombinefn]::oid[]) from pg_aggregate where aggfnoid = any($1::oid[])
)
select proname as name, pronamespace <> 'pg_catalog'::regnamespace as own from pg_proc join called using (oid)
where case when pronamespace = 'pg_catalog'::regnamespace
  then provolatile = 'v' or proname = any($2) or (proname = 'age' and pronargs = 1 and proargtypes[0] <> 'xid'::regtype)
  else provolatile <> 'i' and concat_ws(' ', prosrc, pg_get_function_sqlbody(oid), pg_get_expr(proargdefaults, 0)) ~* $3 end
order by proname limit 1`

/** What PostgreSQL has made of the query, first, and of the views that it reads. Dropped at once: the view is there for its tree alone. */
const view = 'sluice_query'
const treesOf = `
with recursive seen (oid, depth) as (
  select oid, 0 from pg_class where relname = '${view}' and relnamespace = pg_my_temp_schema()
  union
  select c.oid, 1 from seen
  join pg_rewrite r on r.ev_class = seen.oid
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
  join pg_class c on c.oid = d.refobjid and c.relkind = 'v' and c.oid <> seen.oid
)
select r.ev_action::text as tree, pg_get_viewdef(seen.oid) as text, case depth when 0 then null else seen.oid::regclass::text end as view
from seen join pg_rewrite r on r.ev_class = seen.oid and r.rulename = '_RETURN' order by depth, seen.oid`

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
  let word: Word | undefined
  for (const made of await tx.query<Made>(treesOf)) word ??= await wordIn(tx, made, text)
  await tx.query('rollback to savepoint looking')
  await tx.query('release savepoint looking')
  if (word === undefined) return
  throw definitionErrors.invalid(
    `the query for ${table.name}: ${word.name}${word.view === undefined ? '' : ` in the view ${word.view}`} gives something else on each run`,
    {
      facts: { table: table.name, word: word.name },
      next: word.own
        ? 'Its body reads the clock or chance: give it the interval of the run as an argument. If it is steady all the same, declare it IMMUTABLE.'
        : 'Use the interval of the run (interval.start, interval.end) or a column of the data; a replay must give the same rows.',
    },
  )
}

interface Made {
  readonly tree: string
  readonly text: string
  /** Of a view that the query reads, or that one of these reads. */
  readonly view: string | null
}

interface Word {
  readonly name: string
  readonly view?: string
  /** Not one of PostgreSQL's. */
  readonly own: boolean
}

async function wordIn(tx: Connection, made: Made, text: string): Promise<Word | undefined> {
  const word = await unsteadyIn(tx, made)
  if (word !== undefined) return made.view === null ? word : { ...word, view: made.view }
  // What stands in a view was turned into a time when the view was made, and stays.
  if (made.view !== null) return undefined
  const turned = clockTexts.find((clock) => count(text, clock) > count(made.text, clock))
  if (turned !== undefined) return { name: `'${turned}'`, own: false }
  const [now] = await tx.query<{ text: string }>('select transaction_timestamp()::text as text')
  return now !== undefined && made.text.includes(now.text) ? { name: "'now'", own: false } : undefined
}

async function unsteadyIn(tx: Connection, made: Made): Promise<Word | undefined> {
  if (made.tree.includes('{TABLESAMPLECLAUSE ')) return { name: 'a sample', own: false }
  if (made.tree.includes('{NEXTVALUEEXPR ')) return { name: 'nextval', own: false }
  const times = [...made.tree.matchAll(/\{SQLVALUEFUNCTION :op (\d+) /g)].map(([, op]) => timeWords[Number(op)])
  const time = times.find((name) => name !== undefined)
  if (time !== undefined) return { name: time, own: false }
  const [, system] = /\{VAR :varno \d+ :varattno -([1-5]) /.exec(made.tree) ?? []
  if (system !== undefined) return { name: systemColumns[Number(system)] ?? 'a system column', own: false }
  const oids = [...made.tree.matchAll(/:(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)/g)].map(([, oid]) => Number(oid))
  const [found] = await tx.query<Word>(volatileAmong, [[...new Set(oids)], unsteady, unsteadyBody])
  return found === undefined ? undefined : { ...found, name: `${found.name}()` }
}

/** By their numbers below zero (sysattr.h): where a row lies and which transaction wrote it. The table itself, -6, stays. */
const systemColumns = ['', 'ctid', 'xmin', 'cmin', 'xmax', 'cmax']

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
