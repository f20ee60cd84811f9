import { refused } from '../base/faults.ts'
import { aText, aTruth, refuseOddOptions, refuseOther, refuseOtherWords, shown } from '../base/shape.ts'
import { type AnswerPath, onePath } from './rest-path.ts'

/** How many rows a page is asked for, and the parameter that says so. */
export interface PageSize {
  readonly param: string
  readonly rows: number
}

interface Placed {
  /** Where parameters stand: in the query unless given, or in the JSON of the body, where points lead inside: `variables.after`. */
  readonly in?: 'query' | 'body'
  readonly size?: PageSize
  /** Pages after which a listing counts as one that does not end. 10,000 unless given. */
  readonly atMost?: number
}

interface Counted extends Placed {
  /** The first page or row has this number. */
  readonly first?: number
  /** What ends a listing that says nothing of its length: a page without rows, or one that is not full. `empty` unless given. */
  readonly ends?: 'empty' | 'short'
  /** True where there are more pages: such a page may be empty. */
  readonly more?: AnswerPath
}

/** Pages have numbers: `?page=2`. */
export interface PageNumbers extends Counted {
  readonly by: 'page'
  /** `page` unless given. */
  readonly param?: string
  /** How many pages there are. */
  readonly pages?: AnswerPath
  /** How many rows there are; needs `size`. */
  readonly total?: AnswerPath
}

/** Rows have numbers: `?offset=200&limit=100`. */
export interface Offsets extends Counted {
  readonly by: 'offset'
  /** `offset` unless given. */
  readonly param?: string
  readonly size: PageSize
  /** How many rows there are. */
  readonly total?: AnswerPath
  /** Rows that each page asks for again, so that one which is deleted in between moves none out of sight. */
  readonly overlap?: number
}

/** An answer says where the next page begins: in its body, or in a header. */
export interface Cursors extends Placed {
  readonly by: 'cursor'
  readonly at: AnswerPath | { readonly header: string }
  /** `cursor` unless given. */
  readonly param?: string
  readonly more?: AnswerPath
  /** `empty`: a page without rows is the last, though it has a cursor. Else a listing ends where no cursor is. */
  readonly ends?: 'empty'
}

/** The header `Link` (RFC 8288). */
export interface Links extends Placed {
  readonly by: 'link'
  /** The relation of the next page. `next` unless given. */
  readonly rel?: string
}

/** An answer has the URL of the next page: in its body, or in a header. */
export interface NextUrls extends Placed {
  readonly by: 'next'
  readonly at: AnswerPath | { readonly header: string }
}

/** How a listing goes on: by the number of a page, by an offset, by a cursor, by the `Link` header, or by the URL of the next page. */
export type RestPages = PageNumbers | Offsets | Cursors | Links | NextUrls

const common = ['by', 'in', 'size', 'atMost']
const counted = [...common, 'first', 'ends', 'more', 'param', 'total']
const options: { readonly [K in RestPages['by']]: readonly string[] } = {
  page: [...counted, 'pages'],
  offset: [...counted, 'overlap'],
  cursor: [...common, 'at', 'param', 'more', 'ends'],
  link: [...common, 'rel'],
  next: [...common, 'at'],
}

/** @throws `definition.invalid` */
export function refuseOddPages(where: string, pages: RestPages): void {
  refuseOddOptions(`${where}, pages`, pages, ['by', ...new Set(Object.values(options).flat())])
  refuseOtherWords(where, 'pages.by', pages.by, Object.keys(options))
  refuseOddOptions(`${where}, pages by ${pages.by}`, pages, options[pages.by])
  const given: Readonly<Partial<Record<string, unknown>>> = { ...pages }
  if (given.in !== undefined) refuseOtherWords(where, 'pages.in', given.in, ['query', 'body'])
  if (given.in === 'body' && (pages.by === 'link' || pages.by === 'next'))
    throw refused(where, `pages by ${pages.by} are asked for by their URL`, 'Leave pages.in out.')
  if (given.ends !== undefined) refuseOtherWords(where, 'pages.ends', given.ends, pages.by === 'cursor' ? ['empty'] : ['empty', 'short'])
  if (given.rel !== undefined) refuseOther(where, 'pages.rel', given.rel, aText)
  if (given.param !== undefined) refuseOther(where, 'pages.param', given.param, aText)
  whole(where, 'pages.first', given.first, 0)
  whole(where, 'pages.atMost', given.atMost, 1)
  if (given.size !== undefined) {
    refuseOddOptions(`${where}, pages.size`, given.size, ['param', 'rows'])
    refuseOther(where, 'pages.size.param', (given.size as PageSize).param, aText)
    whole(where, 'pages.size.rows', (given.size as PageSize).rows, 1)
  }
  for (const name of ['pages', 'total', 'more']) if (given[name] !== undefined) onePath(where, `pages.${name}`, given[name])
  if (pages.by === 'cursor' || pages.by === 'next') refuseOddPlace(where, pages.at)
  const { size } = pages
  if (pages.by === 'offset' && size === undefined)
    throw refused(where, 'pages by offset do not say how many rows a page has', "Write size: { param: 'limit', rows: 100 }.")
  if (pages.by === 'page' && size === undefined && (pages.total !== undefined || pages.ends === 'short'))
    throw refused(where, 'pages do not say how many rows a full one has', "Write size: { param: 'per_page', rows: 100 }.")
  if (pages.by === 'offset' && pages.overlap !== undefined) {
    whole(where, 'pages.overlap', pages.overlap, 0)
    if (pages.overlap >= (size?.rows ?? 0))
      throw refused(
        where,
        `pages of ${size?.rows} rows overlap by ${pages.overlap}, so that none goes on`,
        'Let them overlap by fewer rows.',
      )
  }
}

function refuseOddPlace(where: string, at: unknown): void {
  if (typeof at === 'string') return void onePath(where, 'pages.at', at)
  refuseOddOptions(`${where}, pages.at`, at, ['header'])
  refuseOther(where, 'pages.at.header', (at as { readonly header: unknown }).header, aText)
}

/** @throws `definition.invalid` for what is not a whole number of at least `least`; what may be left out is not asked */
export function whole(where: string, option: string, value: unknown, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= least)) return
  throw refused(where, `${option} is ${shown(value)}`, `Write a whole number of at least ${least}.`)
}

export const refuseOtherTruth = (where: string, option: string, value: unknown): void => {
  if (value !== undefined) refuseOther(where, option, value, aTruth)
}
