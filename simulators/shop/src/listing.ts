import type { SimulatorReply } from '@sluice/simulator-kit'
import type { Order } from './orders.ts'

const LARGEST = 200

/**
 * What services do that page in a way of their own. `circle`: cursors and links lead to the second page for ever. `hole`: that page is
 * empty, and more come behind it. `cursor-stays`: the last page, and the empty ones behind it, have a cursor. `total-once`: only the
 * first page says how many there are. `null-rows`: a page without rows says `null`. `total-as-text`: so is the word for yes and no.
 */
export type OddListing = 'circle' | 'hole' | 'cursor-stays' | 'total-once' | 'null-rows' | 'total-as-text'

export interface ListingRules {
  readonly odd?: OddListing | undefined
  /** Links lead to this host: `shop.example:8080`. */
  readonly linksTo?: string | undefined
}

/**
 * A page of orders, asked for in whatever way: by page number, offset, or cursor. The answer says in every way where it goes on: a total, a
 * number of pages, a cursor, a URL, the header `Link`, a header with the cursor.
 */
export function pageOf(orders: readonly Order[], asked: URLSearchParams, url: string, { odd, linksTo }: ListingRules = {}): SimulatorReply {
  const size = Math.min(LARGEST, wholeOf(asked.get('limit') ?? asked.get('per_page') ?? '50'))
  const page = wholeOf(asked.get('page') ?? '0')
  const cursor = asked.get('cursor')
  const after = cursor === null ? undefined : Number(Buffer.from(cursor, 'base64url').toString('utf8'))
  if (!(size > 0) || Number.isNaN(page) || Number.isNaN(after)) return { status: 400, body: { error: 'bad page' } }
  const begin =
    after === undefined
      ? page > 0
        ? (page - 1) * size
        : wholeOf(asked.get('offset') ?? '0')
      : orders.filter(({ id }) => id >= after).length
  // Orders stand newest first, so that a cursor is the oldest id that was seen.
  const found = orders.slice(begin, begin + size)
  const data = odd === 'hole' && begin > 0 && begin <= size ? [] : found
  const isMore = begin + size < orders.length
  const behind =
    odd === 'circle' ? orders[size - 1] : odd === 'cursor-stays' ? (found.at(-1) ?? orders.at(-1)) : isMore ? found.at(-1) : undefined
  const next = behind === undefined ? null : Buffer.from(String(behind.id)).toString('base64url')
  const link = new URL(url)
  if (linksTo !== undefined) link.host = linksTo
  for (const name of ['page', 'offset']) link.searchParams.delete(name)
  if (next !== null) link.searchParams.set('cursor', next)
  return {
    headers: {
      ...(next === null ? {} : { link: `<${link.href}>; rel="next", <${url}>; rel="self"`, 'x-next-cursor': next }),
    },
    body: {
      data: odd === 'null-rows' && data.length === 0 ? null : data,
      ...(odd === 'total-once' && begin > 0
        ? {}
        : { total: odd === 'total-as-text' ? String(orders.length) : orders.length, pages: Math.ceil(orders.length / size) }),
      next_cursor: next,
      has_more: odd === 'total-as-text' ? String(isMore) : isMore,
      next: next === null ? null : link.href,
    },
  }
}

const wholeOf = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : Number.NaN)
