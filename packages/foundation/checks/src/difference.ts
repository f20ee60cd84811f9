/** Two sets of rows that are compared, as SQL: what a model would make, and what stands. Both engines take the same text. */
export interface DifferencePlan {
  /** SELECTs of the columns, and of those of the identity. */
  readonly would: string
  readonly stands: string
  /** CTEs that both name, with a comma behind each, and how many rows there broke a rule. */
  readonly before?: { readonly ctes: string; readonly broken: string }
  /** `asText`: of a column whose types differ. */
  readonly columns: readonly { readonly name: string; readonly asText: boolean }[]
  /** Columns that name a row and are never null. Without any, rows that are equal count as often as they stand there. */
  readonly identity: readonly string[]
  /** How many rows of each kind are told. */
  readonly examples: number
  /** Of a hundred rows, by the hash of their identity, so that both sides choose the same. All unless given. */
  readonly percent?: number
  readonly spelling: DifferenceSpelling
}

export interface DifferenceSpelling {
  readonly quote: (name: string) => string
  /** A value as text. */
  readonly text: (sql: string) => string
  /** A JSON text of the list. */
  readonly list: (values: readonly string[]) => string
  /** A number from 0 to 9999 that is made of a text. */
  readonly share: (text: string) => string
}

export type DifferenceKind = 'added' | 'removed' | 'changed'

/** A row of the answer. Of an example both lists hold texts in the order of the columns; of counts `n` alone says something. */
export interface DifferenceRow {
  /** `would` counts all rows of that side, `columns` has a list of how many rows changed in each. */
  readonly kind: 'would' | 'broken' | 'columns' | `count ${DifferenceKind}` | `example ${DifferenceKind}`
  readonly n: number | string | null
  readonly would: string | null
  readonly stands: string | null
}

/**
 * One statement, in which each side is evaluated once: counts by kind and column, and the first rows of each kind. Rows that are the same
 * are kept nowhere, so an engine holds what the model would make and what differs, which it writes to its own disk where that is large.
 */
export function differenceSql(plan: DifferencePlan): string {
  const { before, columns, identity, examples, spelling } = plan
  const { list } = spelling
  const ordered = identity.length === 0 ? columns : identity
  const order = ordered.map((_, at) => `o${at}`).join(', ')
  const cells = (side: string): string => list(columns.map((_, at) => `${side}${at}`))
  const example = (kind: DifferenceKind): string => `
    select 'example ${kind}' as kind, n, ${kind === 'removed' ? 'null' : 'w'} as would, ${kind === 'added' ? 'null' : 's'} as stands, row_number() over (order by ${order}) as place
    from (select *, ${cells('w')} as w, ${cells('s')} as s from sluice_differ where kind = '${kind}' order by ${order} limit ${examples}) as first`
  return `with ${before?.ctes ?? ''}sluice_would as materialized (${sideOf(plan, plan.would)}),
    sluice_differ as materialized (${identity.length === 0 ? byRow(plan) : byIdentity(plan)})
    select kind, n, would, stands from (
    select 'would' as kind, (select count(*) from sluice_would) as n, null as would, null as stands, 0 as place
    ${before === undefined ? '' : `union all select 'broken', (${before.broken}), null, null, 0`}
    union all select 'count ' || kind, cast(sum(n) as bigint), null, null, 0 from sluice_differ group by kind
    union all select 'columns', 0, ${list(columns.map((_, at) => `count(*) filter (where d${at})`))}, null, 0 from sluice_differ where kind = 'changed'
    ${(['changed', 'added', 'removed'] as const).map((kind) => `union all ${example(kind)}`).join('\n')}
    ) as told order by kind, place`
}

/** Identity as `k0`, values as `c0`. */
function sideOf({ columns, identity, percent, spelling }: DifferencePlan, select: string): string {
  const { quote, text, share } = spelling
  const names = identity.length === 0 ? columns.map(({ name }) => name) : identity
  const chosen =
    percent === undefined
      ? ''
      : ` where ${share(names.map((name) => `coalesce(${text(quote(name))}, '')`).join(" || '|' || "))} < ${Math.round(percent * 100)}`
  const keys = identity.map((name, at) => `${quote(name)} as k${at}`)
  const values = columns.map(({ name, asText }, at) => `${asText ? text(quote(name)) : quote(name)} as c${at}`)
  return `select ${[...keys, ...values, '1 as here'].join(', ')} from (${select}) as side${chosen}`
}

function byIdentity(plan: DifferencePlan): string {
  const { columns, identity, spelling } = plan
  const each = (of: (at: number) => string): string => columns.map((_, at) => `, ${of(at)}`).join('')
  const differs = (at: number): string => `w.c${at} is distinct from s.c${at}`
  return `
    select case when s.here is null then 'added' when w.here is null then 'removed' else 'changed' end as kind, 1 as n
      ${identity.map((_, at) => `, coalesce(w.k${at}, s.k${at}) as o${at}`).join('')}
      ${each((at) => `${spelling.text(`w.c${at}`)} as w${at}`)}${each((at) => `${spelling.text(`s.c${at}`)} as s${at}`)}${each((at) => `${differs(at)} as d${at}`)}
    from sluice_would w full join (${sideOf(plan, plan.stands)}) s on ${identity.map((_, at) => `w.k${at} = s.k${at}`).join(' and ')}
    where w.here is null or s.here is null or ${columns.map((_, at) => differs(at)).join(' or ')}`
}

function byRow(plan: DifferencePlan): string {
  const { columns, spelling } = plan
  const each = (of: (at: number) => string): string => columns.map((_, at) => `, ${of(at)}`).join('')
  const names = columns.map((_, at) => `c${at}`).join(', ')
  return `
    select case when net > 0 then 'added' else 'removed' end as kind, abs(net) as n${each((at) => `${spelling.text(`c${at}`)} as o${at}`)}
      ${each((at) => `${spelling.text(`c${at}`)} as w${at}`)}${each((at) => `${spelling.text(`c${at}`)} as s${at}`)}${each((at) => `false as d${at}`)}
    from (
      select ${names}, cast(sum(one) as bigint) as net
      from (select ${names}, 1 as one from sluice_would union all select ${names}, -1 from (${sideOf(plan, plan.stands)}) as there) as sides
      group by ${names} having sum(one) <> 0
    ) as left_over`
}
