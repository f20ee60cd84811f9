import type { PartitionSpan } from '@sluice/author'

/** What a partition holds, as instants at the beginnings of UTC days; `to` is not in it. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The day, month or year that an instant lies in. */
export function spanOf(by: PartitionSpan, at: number): Span {
  const on = new Date(at)
  const [year, month, day] = [on.getUTCFullYear(), by === 'year' ? 0 : on.getUTCMonth(), by === 'day' ? on.getUTCDate() : 1]
  const from = beginningOf(year, month, day)
  const to = beginningOf(year + (by === 'year' ? 1 : 0), month + (by === 'month' ? 1 : 0), day + (by === 'day' ? 1 : 0))
  return { from, to }
}

/** The span of an instant, and so many behind it. */
export function spansAhead(by: PartitionSpan, at: number, ahead: number): readonly Span[] {
  let last = spanOf(by, at)
  const spans = [last]
  while (spans.length <= ahead) {
    last = spanOf(by, last.to)
    spans.push(last)
  }
  return spans
}

/** What of the spans no partition holds yet, without overlaps, in order. Partitions may be of other lengths: `by` may have changed. */
export function gapsIn(there: readonly Span[], wanted: readonly Span[]): readonly Span[] {
  const gaps: Span[] = []
  for (const { from, to } of wanted.toSorted((a, b) => a.from - b.from)) {
    let at = from
    const inside = [...there, ...gaps].filter((each) => each.from < to && each.to > from).toSorted((a, b) => a.from - b.from)
    for (const each of inside) {
      if (each.from > at) gaps.push({ from: at, to: each.from })
      at = Math.max(at, each.to)
    }
    if (at < to) gaps.push({ from: at, to })
  }
  return gaps.toSorted((a, b) => a.from - b.from)
}

/** `Date.UTC` takes the years 0 to 99 for others. */
const beginningOf = (year: number, month: number, day: number): number => new Date(0).setUTCFullYear(year, month, day)

/** `2026-12-01`, also beyond the year 9999. */
export function dayText(at: number): string {
  const on = new Date(at)
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${String(on.getUTCFullYear()).padStart(4, '0')}-${two(on.getUTCMonth() + 1)}-${two(on.getUTCDate())}`
}

/** The span of a partition as `pg_get_expr` spells its bounds in UTC; undefined for one without bounds. */
export function spanIn(bound: string): Span | undefined {
  const [, from, to] = /^FOR VALUES FROM \((.*)\) TO \((.*)\)$/.exec(bound) ?? []
  return from === undefined || to === undefined
    ? undefined
    : { from: instantIn(from, Number.NEGATIVE_INFINITY), to: instantIn(to, Number.POSITIVE_INFINITY) }
}

function instantIn(text: string, otherwise: number): number {
  const [, year, month, day] = /^'(\d{4,})-(\d\d)-(\d\d)/.exec(text) ?? []
  return year === undefined ? otherwise : beginningOf(Number(year), Number(month) - 1, Number(day))
}
