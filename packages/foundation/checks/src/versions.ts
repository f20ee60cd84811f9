/** Versions of a dataset as SQL: what they are made of, and how they are bounded (SCD 2). Both engines take the same text. */
export interface VersionsPlan {
  /** SELECT of all that was seen of the entities: one row each time that a batch brought one. */
  readonly seen: string
  /** Columns of it, but for those of its batch. */
  readonly columns: readonly string[]
  /** Columns that name what the versions are of. */
  readonly entity: readonly string[]
  readonly from: string
  readonly to: string
  readonly current: string | undefined
  /** The column that says that it is gone. */
  readonly deleted: string | undefined
  /** Columns whose values make a version another one. */
  readonly compared: readonly string[]
  /** The column that says which of two rows of one time is the later, before the order of their batches does. */
  readonly order: string | undefined
  readonly batch: {
    /** Names it. */
    readonly column: string
    /** Its logical time. */
    readonly asOf: string
    /** Columns by which it is the later of two. */
    readonly latest: readonly string[]
    /** Whether it shows all there is; left out where what is missing closes nothing. */
    readonly whole: string | undefined
  }
  readonly quote: (name: string) => string
}

/**
 * SELECT of the versions: the columns, `to`, `current` where there is one, and the batch. Of what was seen of an entity at one time the
 * latest batch is right; what equals that before it begins no version; what is gone closes the one before it. It depends on the rows alone,
 * not on when they came.
 */
export function versionsSql(plan: VersionsPlan): string {
  const { columns, from, to, current, order, compared, batch, quote } = plan
  const [entity, at, gone] = [list(plan, plan.entity), quote(from), 'sluice_gone']
  const latest = [
    'sluice_implied',
    ...(order === undefined || order === from ? [] : [`${quote(order)} desc nulls last`]),
    ...batch.latest.map((name) => `${quote(name)} desc`),
    ...(batch.whole === undefined ? [] : ['sluice_said desc']),
  ]
  const same = compared.map((name) => `lag(${quote(name)}) over times is not distinct from ${quote(name)}`).join(' and ') || 'true'
  return `with ${toldSql(plan)},
    sluice_ranked as (
      select *, row_number() over (partition by ${entity}, ${at} order by ${latest.join(', ')}) as sluice_place from sluice_told
    ),
    sluice_marked as (
      select *, lag(${gone}) over times as sluice_was_gone, ${same} as sluice_same
      from sluice_ranked where sluice_place = 1 window times as (partition by ${entity} order by ${at})
    ),
    sluice_bounded as (
      select *, lead(${at}) over (partition by ${entity} order by ${at}) as sluice_ends from sluice_marked
      where sluice_was_gone is null or ${gone} <> sluice_was_gone or not ${gone} and not sluice_same
    )
    select ${list(plan, columns)}, sluice_ends as ${quote(to)},${current === undefined ? '' : ` sluice_ends is null as ${quote(current)},`} ${quote(batch.column)}
    from sluice_bounded where not ${gone}`
}

const list = ({ quote }: Pick<VersionsPlan, 'quote'>, names: readonly string[], of = ''): string =>
  names.map((name) => `${of}${quote(name)}`).join(', ')

/** What was seen, with `sluice_gone`, and what no batch says but the lack of it (`sluice_implied`). */
function toldSql(plan: VersionsPlan): string {
  const { deleted, quote, seen, batch } = plan
  const gone = deleted === undefined ? 'false' : `coalesce(${quote(deleted)}, false)`
  const rows = `sluice_seen as (select *, ${gone} as sluice_gone, false as sluice_implied from (${seen}) as sluice_rows)`
  return batch.whole === undefined ? `${rows}, sluice_told as (select * from sluice_seen)` : `${rows}, ${withMissing(plan, batch.whole)}`
}

/**
 * Batches that show all there is, by number; `sluice_held` says of which an entity was, and of which before and after. Where the next batch
 * lacks it, it is gone from that one's time on. A row that comes back and says that it has been there all the time begins with its batch.
 */
function withMissing(plan: VersionsPlan, whole: string): string {
  const { columns, entity, from, quote, batch } = plan
  const [of, asOf, at] = [quote(batch.column), quote(batch.asOf), quote(from)]
  const names = list(plan, entity)
  const joined = entity.map((name) => `h.${quote(name)} = s.${quote(name)}`).join(' and ')
  const marks = [...new Set([batch.column, batch.asOf, ...batch.latest])]
  const value = (name: string): string => (name === from ? `next.${asOf}` : entity.includes(name) ? `h.${quote(name)}` : 'null')
  const back = `case when h.sluice_before < h.sluice_n - 1 and s.${at} <= gap.${asOf} then b.${asOf} else s.${at} end as ${at}`
  return `sluice_batches as (
      select *, row_number() over (order by ${list(plan, batch.latest)}) as sluice_n
      from (select distinct ${list(plan, marks)} from sluice_seen where ${quote(whole)}) as named
    ),
    sluice_held as (
      select *, lag(sluice_n) over (partition by ${names} order by sluice_n) as sluice_before,
        lead(sluice_n) over (partition by ${names} order by sluice_n) as sluice_after
      from (
        select distinct ${list(plan, entity, 's.')}, b.sluice_n from sluice_seen s join sluice_batches b on b.${of} = s.${of}
        where not s.sluice_gone
      ) as named
    ),
    sluice_told as (
      select ${columns.map((name) => (name === from ? back : `s.${quote(name)}`)).join(', ')}, ${list(plan, marks, 's.')},
        s.sluice_gone, s.sluice_implied, s.${at} as sluice_said
      from sluice_seen s left join sluice_batches b on b.${of} = s.${of}
      left join sluice_held h on h.sluice_n = b.sluice_n and ${joined}
      left join sluice_batches gap on gap.sluice_n = h.sluice_n - 1
      union all
      select ${columns.map(value).join(', ')}, ${list(plan, marks, 'next.')}, true, true, next.${asOf}
      from sluice_held h join sluice_batches next on next.sluice_n = h.sluice_n + 1
      where h.sluice_after is distinct from h.sluice_n + 1
    )`
}
