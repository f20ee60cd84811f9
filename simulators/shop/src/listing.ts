import type { SimulatorReply } from '@sluice/simulator-kit'
import type { Order } from './orders.ts'

const LARGEST = 200

/**
 * A page of orders, asked for in whatever way: by page number, offset, or cursor. The answer says in every way where it goes on: a total, a
 * number of pages, a cursor, a URL, the header `Link`, a header with the cursor.
 */
export function pageOf(orders: readonly Order[], asked: URLSearchParams, url: string): SimulatorReply {
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
  const data = orders.slice(begin, begin + size)
  const last = data.at(-1)
  const isMore = begin + size < orders.length
  const next = isMore && last !== undefined ? Buffer.from(String(last.id)).toString('base64url') : null
  const link = new URL(url)
  for (const name of ['page', 'offset']) link.searchParams.delete(name)
  if (next !== null) link.searchParams.set('cursor', next)
  return {
    headers: {
      ...(next === null ? {} : { link: `<${link.href}>; rel="next", <${url}>; rel="self"`, 'x-next-cursor': next }),
    },
    body: {
      data,
      total: orders.length,
      pages: Math.ceil(orders.length / size),
      next_cursor: next,
      has_more: isMore,
      next: next === null ? null : link.href,
    },
  }
}

const wholeOf = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : Number.NaN)
