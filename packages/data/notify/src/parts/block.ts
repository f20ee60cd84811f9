import { notifyErrors } from '../errors.ts'
import type { Inline } from './inline.ts'

/** One part of a message. Plain data; rendered to HTML and to plain text, which say the same. */
export type Block =
  | { readonly kind: 'paragraph'; readonly content: readonly Inline[] }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'figure'; readonly label: string; readonly value: string; readonly change: Inline | undefined }
  /** `lines`: its rows in plain text; without them they stand in columns. */
  | {
      readonly kind: 'table'
      readonly columns: readonly Column[]
      readonly rows: readonly Row[]
      readonly lines: readonly string[] | undefined
    }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  | { readonly kind: 'note'; readonly content: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'button'; readonly label: string; readonly url: string }

/** What a body lists: a part, parts that belong together, or nothing: `failed > 0 && note('...')`. */
export type Part = Block | readonly Part[] | false | null | undefined

export type Row = readonly Inline[]
export type Fact = readonly [label: string, value: string]

export interface Column {
  readonly name: string
  /** Left unless given. Numbers read better at the right. */
  readonly align?: 'left' | 'right'
  /** Left out where the screen is narrow; in plain text it stays. */
  readonly wideOnly?: true
}
/** A column with what stands in its cells. */
export interface ColumnOf<R> extends Column {
  readonly cell: (row: R) => Inline
}

/** Running text. */
export const paragraph = (...content: readonly Inline[]): Block => Object.freeze({ kind: 'paragraph', content })

/** A heading within a message. */
export const heading = (text: string): Block => Object.freeze({ kind: 'heading', text })

/** A number with its label and what has changed. Figures that follow each other stand side by side. */
export const figure = ({
  label,
  value,
  change,
}: {
  readonly label: string
  readonly value: string | number
  readonly change?: Inline | undefined
}): Block => Object.freeze({ kind: 'figure', label, value: String(value), change })

/** A table: what its rows are, and what each column shows of one. */
export const table = <R>({
  rows,
  columns,
  line,
}: {
  readonly rows: readonly R[]
  /** One that is `false` or `null` is left out: `isKnown && { name: '7 d', cell }`. */
  readonly columns: readonly (ColumnOf<R> | false | null | undefined)[]
  /** A row as a line of plain text. Without it the columns stand under each other. */
  readonly line?: (row: R) => string
}): Block => {
  const shown = columns.filter((column) => column !== false && column !== null && column !== undefined)
  return Object.freeze({
    kind: 'table',
    columns: shown.map(({ cell: _, ...column }) => column),
    rows: rows.map((row) => shown.map(({ cell }) => cell(row))),
    lines: line === undefined ? undefined : rows.map(line),
  })
}

/** Labels and their values, one below the other. */
export const facts = (...facts: readonly Fact[]): Block => Object.freeze({ kind: 'facts', facts })

/** What the reader should know besides: what was left out, what to look at. */
export const note = (...content: readonly Inline[]): Block => Object.freeze({ kind: 'note', content })

/** Text as it is, in fixed width: a command, an error, a path. */
export const code = (text: string): Block => Object.freeze({ kind: 'code', text })

/** What to do next, as a link that is seen. */
export const button = (label: string, url: string): Block => Object.freeze({ kind: 'button', label, url })

/**
 * The parts of a body in order, without what is left out.
 * @throws `notify.refused` for what is not a part, such as the 0 of `rows.length && table(...)`
 */
export const blocksOf = (parts: readonly Part[]): readonly Block[] =>
  parts.flatMap((part) => {
    if (part === false || part === null || part === undefined) return []
    if (typeof part === 'object') return 'kind' in part ? [part] : blocksOf(part)
    throw notifyErrors.refused(`the body of a message lists ${JSON.stringify(part)}, which is not a part`, {
      next: "Make it a part, such as paragraph('...'); a condition is true or false: rows.length > 0 && table({ ... }).",
    })
  })
