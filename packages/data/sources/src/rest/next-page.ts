import type { Offsets, PageNumbers, RestPages } from '@sluice/author'
import { hashText } from '@sluice/core'
import { sourceErrors } from '../errors.ts'
import type { HeadersByName } from '../http/request.ts'
import type { Answer } from './answer.ts'
import type { Place } from './request.ts'
import { keysOf, textAt, valueAt } from './value-at.ts'

/** How far a listing was read. */
export interface Listing {
  readonly place: Place
  /** Rows that the page at `place` is asked for; `undefined` where pages have no size. */
  readonly asks: number | undefined
  readonly pages: number
  readonly rows: number
  /** Places that were asked: whoever comes back to one goes in a circle. */
  readonly seen: readonly string[]
  /** What the last page of numbered ones held, and how many in succession held the same. */
  readonly last: { readonly hash: string; readonly times: number } | undefined
}

/** The beginning of a listing of which `most` rows are wanted. */
export function firstPage(pages: RestPages | undefined, most: number | undefined): Listing {
  const isNumbered = pages?.by === 'page' || pages?.by === 'offset'
  const place: Place = isNumbered ? { kind: 'number', number: pages.first ?? (pages.by === 'page' ? 1 : 0) } : { kind: 'first' }
  return { place, asks: asksOf(pages, most, 0), pages: 0, rows: 0, seen: [], last: undefined }
}

const asksOf = (pages: RestPages | undefined, most: number | undefined, rows: number): number | undefined =>
  pages?.size === undefined ? undefined : Math.min(pages.size.rows, (most ?? Number.POSITIVE_INFINITY) - rows)

/** What it takes to tell where a listing goes on. */
type Read = Pick<Answer, 'body' | 'text' | 'headers' | 'rows'> & { readonly url: string }

/**
 * Where a listing goes on behind an answer; `undefined` at its end. Pure.
 * @throws `source.endless` where it leads back to a page that was read, or has more pages than it may
 */
export function nextPage(name: string, pages: RestPages | undefined, listing: Listing, answer: Read, most?: number): Listing | undefined {
  if (pages === undefined) return undefined
  const count = answer.rows?.length ?? 0
  const rows = listing.rows + Math.max(0, count - overlapOf(pages, listing))
  const asks = asksOf(pages, most, rows)
  if (asks !== undefined && asks <= 0) return undefined
  const place = placeBehind(name, pages, listing, answer, count)
  if (place === undefined) return undefined
  const read = listing.pages + 1
  const last = isNumbered(pages) ? repeated(listing.last, hashText(JSON.stringify(answer.rows))) : undefined
  if (last?.times === mostSame) {
    const what = count === 0 ? 'are empty, though the service says that rows come behind them' : 'hold the same rows'
    throw circle(name, `${mostSame} pages in succession ${what}`, pages)
  }
  const seen = [...listing.seen, keyOf(listing.place)]
  // Of numbered pages none comes back.
  const isBack = !isNumbered(pages) && (seen.includes(keyOf(place)) || (place.kind === 'url' && place.url === answer.url))
  if (isBack) throw circle(name, 'a page leads back to one that was read', pages)
  if (read >= (pages.atMost ?? usualMost)) {
    throw sourceErrors.endless(`${name}: the listing has more than ${read} pages`, {
      facts: { source: name, pages: read },
      next: 'If it is that long, say so: pages.atMost. Else look at the last answers among the rejected ones.',
    })
  }
  return { place, asks, pages: read, rows, seen: isNumbered(pages) ? [] : seen, last }
}

const usualMost = 10_000
/** While as many rows come in as a page holds, the next page is the same once more. */
const mostSame = 5

const repeated = (last: Listing['last'], hash: string) => ({ hash, times: last?.hash === hash ? last.times + 1 : 1 })

const isNumbered = (pages: RestPages): pages is Numbered => pages.by === 'page' || pages.by === 'offset'
const overlapOf = (pages: RestPages, { pages: read }: Listing): number => (pages.by === 'offset' && read > 0 ? (pages.overlap ?? 0) : 0)
const keyOf = (place: Place): string => JSON.stringify(place)

function placeBehind(name: string, pages: RestPages, listing: Listing, answer: Read, count: number): Place | undefined {
  switch (pages.by) {
    case 'page':
    case 'offset':
      return numberBehind(pages, listing, answer, count)
    case 'cursor': {
      if (saysMore(pages.more, answer) === false || (pages.ends === 'empty' && count === 0)) return undefined
      const cursor = saidAt(name, pages.at, answer)
      return cursor === undefined ? undefined : { kind: 'cursor', cursor }
    }
    case 'next': {
      const url = saidAt(name, pages.at, answer)
      return url === undefined ? undefined : urlBehind(name, url, answer)
    }
    case 'link': {
      const url = nextLink(answer.headers.link, pages.rel)
      return url === undefined ? undefined : urlBehind(name, url, answer)
    }
    default:
      return pages satisfies never
  }
}

function urlBehind(name: string, url: string, answer: Read): Place {
  if (URL.canParse(url, answer.url)) return { kind: 'url', url: new URL(url, answer.url).href }
  throw sourceErrors.schema(`${name}: the next page is at ${JSON.stringify(url.slice(0, 100))}, which is not a URL`, {
    facts: { source: name },
    next: 'The API has changed its format, or pages of the source names another place.',
  })
}

type Numbered = PageNumbers | Offsets

function numberBehind(pages: Numbered, listing: Listing, answer: Read, count: number): Place | undefined {
  const number = listing.place.kind === 'number' ? listing.place.number : 0
  const behind = pages.by === 'page' ? pageBehind(pages, listing, answer, count, number) : rowBehind(pages, listing, answer, count, number)
  return behind === undefined ? undefined : { kind: 'number', number: behind }
}

/** Unless the service says more of the listing. */
const isLast = ({ ends }: Numbered, { asks }: Listing, count: number): boolean => count === 0 || (ends === 'short' && count < (asks ?? 0))

/** A page in the middle may be empty, where rows were filtered out of it: what the service says of the whole goes before that. */
function pageBehind(pages: PageNumbers, listing: Listing, answer: Read, count: number, number: number): number | undefined {
  const more = saysMore(pages.more, answer)
  const [all, total] = [numberAt(pages.pages, answer), totalOf(pages, answer, count)]
  const read = number - (pages.first ?? 1) + 1
  if (more === false || (all !== undefined && read >= all) || (total !== undefined && listing.rows + count >= total)) return undefined
  if (more === true || all !== undefined || (total !== undefined && read < Math.ceil(total / (pages.size?.rows ?? 1)))) return number + 1
  // Behind as many pages as the total makes, rows say that pages are smaller than was asked for.
  return total === undefined ? (isLast(pages, listing, count) ? undefined : number + 1) : count === 0 ? undefined : number + 1
}

/** A page may hold fewer rows than it was asked for, where the service allows no more: it goes on behind those that came. */
function rowBehind(pages: Offsets, listing: Listing, answer: Read, count: number, number: number): number | undefined {
  const more = saysMore(pages.more, answer)
  const total = totalOf(pages, answer, count)
  const behind = number + (count === 0 ? pages.size.rows : count)
  if (more === false || (total !== undefined && behind - (pages.first ?? 0) >= total)) return undefined
  if (more !== true && total === undefined && isLast(pages, listing, count)) return undefined
  const overlap = count === 0 ? 0 : (pages.overlap ?? 0)
  return count > 0 && count <= overlap ? undefined : behind - overlap
}

/** `undefined` where the answer does not say. */
function saysMore(at: string | undefined, { body }: Read): boolean | undefined {
  const said = at === undefined ? undefined : valueAt(body, keysOf(at))
  return /^(?:true|1)$/i.test(String(said)) ? true : /^(?:false|0)$/i.test(String(said)) ? false : undefined
}

/** No rows in all, beside rows: the service does not know how many there are. */
function totalOf({ total }: Numbered, answer: Read, count: number): number | undefined {
  const said = numberAt(total, answer)
  return said === 0 && count > 0 ? undefined : said
}

/** A count, which some services write as text. One below 0 stands for one that is not known. */
function numberAt(at: string | undefined, { body }: Read): number | undefined {
  const value = at === undefined ? undefined : valueAt(body, keysOf(at))
  if (typeof value === 'number') return value >= 0 && Number.isFinite(value) ? value : undefined
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : undefined
}

/** An empty text says nothing. @throws `source.schema` for an object or a list: it may hold what leads on */
function saidAt(name: string, at: string | { readonly header: string }, { body, text, headers }: Read): string | undefined {
  const value = typeof at === 'string' ? valueAt(body, keysOf(at)) : undefined
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
    throw sourceErrors.schema(
      `${name}: there is ${Array.isArray(value) ? 'a list' : 'an object'} at ${String(at)}, where a text was to be`,
      {
        facts: { source: name, field: String(at), found: JSON.stringify(value).slice(0, 100) },
        next: 'Name what is inside of it: pages.at of the source.',
      },
    )
  }
  const said = typeof at === 'string' ? textAt(body, text, keysOf(at)) : headerOf(headers, at.header)
  return said === '' || said === 'false' ? undefined : said
}

const headerOf = (headers: HeadersByName, name: string): string | undefined => headers[name.toLowerCase()]

/** The target of a relation (RFC 8288). Commas may stand in a URL, and several relations in one parameter. */
export function nextLink(header: string | undefined, rel = 'next'): string | undefined {
  for (const [, url = '', parameters = ''] of (header ?? '').matchAll(
    /<([^>]*)>((?:\s*;\s*[^\s;=,]+\s*(?:=\s*(?:"[^"]*"|[^\s;,]*))?)*)/g,
  )) {
    const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]*))/i.exec(parameters)
    const relations = (relation?.[1] ?? relation?.[2] ?? '').toLowerCase().split(/\s+/)
    if (relations.includes(rel.toLowerCase())) return url
  }
  return undefined
}

const circle = (name: string, what: string, { by }: RestPages) =>
  sourceErrors.endless(`${name}: ${what}`, {
    facts: { source: name, by },
    next: 'The service may not know the parameter of the pages: compare pages of the source with its documentation.',
  })
