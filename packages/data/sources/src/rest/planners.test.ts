import type { RestPages } from '@sluice/author'
import { fc } from '@sluice/core/testing/properties'
import { expect, test } from 'vitest'
import { chunksOf, halvesOf } from './chunks.ts'
import { firstPage, nextLink, nextPage } from './next-page.ts'
import { greaterOf, windowOf } from './window.ts'

/** A service in memory, newest first; between two pages `moves` come in at the head, or go from it. */
function service(total: number, largest: number, moves: readonly number[] = []) {
  let [ids, newest, turn] = [Array.from({ length: total }, (_, index) => total - index), total, 0]
  const everThere = new Set(ids)
  return {
    answer(
      place: { readonly kind: string; readonly number?: number; readonly cursor?: string; readonly url?: string },
      asks: number | undefined,
      by: RestPages['by'],
    ) {
      const size = Math.min(largest, asks ?? largest)
      const after = place.cursor ?? (place.url === undefined ? undefined : new URL(place.url).searchParams.get('after'))
      const begin =
        after !== undefined && after !== null
          ? ids.filter((id) => id >= Number(after)).length
          : by === 'page'
            ? ((place.number ?? 1) - 1) * size
            : (place.number ?? 0)
      const rows = ids.slice(begin, begin + size)
      const isMore = begin + size < ids.length
      const next = isMore ? String(rows.at(-1)) : null
      const body = {
        rows,
        total: ids.length,
        pages: Math.ceil(ids.length / size),
        next,
        more: isMore,
        url: next === null ? '' : `?after=${next}`,
      }
      const move = moves[turn++] ?? 0
      if (move > 0) ids = [...Array.from({ length: move }, () => ++newest).reverse(), ...ids]
      else ids = ids.slice(-move)
      const link = next === null ? {} : { link: `<https://shop.example/x>; rel="self", <https://shop.example/x?after=${next}>; rel="next"` }
      return { body, text: JSON.stringify(body), headers: link, rows, url: 'https://shop.example/x' }
    },
    /** Those that were there from the first page to the last. */
    lasting: () => ids.filter((id) => everThere.has(id)),
  }
}

function readAll(of: ReturnType<typeof service>, pages: RestPages, most?: number): readonly number[] {
  const read: number[] = []
  for (let listing = firstPage(pages, most), pagesRead = 0; ; pagesRead++) {
    expect(pagesRead).toBeLessThan(500)
    const answer = of.answer(listing.place, listing.asks, pages.by)
    read.push(...answer.rows)
    const next = nextPage('x', pages, listing, answer, most)
    if (next === undefined) return read
    listing = next
  }
}

const size = fc.integer({ min: 1, max: 12 })
const total = fc.nat(60)
const sized = (rows: number) => ({ param: 'limit', rows })
/** Each way to page, for a page of `rows`. */
const ways = (rows: number): readonly RestPages[] => [
  { by: 'page', size: sized(rows) },
  { by: 'page', size: sized(rows), total: '$.total' },
  { by: 'page', size: sized(rows), ends: 'short' },
  { by: 'page', pages: '$.pages', size: sized(rows) },
  { by: 'page', more: '$.more', size: sized(rows) },
  { by: 'offset', size: sized(rows) },
  { by: 'offset', size: sized(rows), total: '$.total' },
  { by: 'offset', size: sized(rows), ends: 'short' },
  { by: 'cursor', at: '$.next', size: sized(rows) },
  { by: 'cursor', at: '$.next', more: '$.more', size: sized(rows) },
  { by: 'next', at: '$.url', size: sized(rows) },
  { by: 'link', size: sized(rows) },
]

test('each way to page reads each row once, in order, whatever the size of a page and of the whole', () => {
  fc.assert(
    fc.property(size, total, (rows, all) => {
      const expected = Array.from({ length: all }, (_, index) => all - index)
      for (const pages of ways(rows)) expect([pages, readAll(service(all, rows), pages)]).toEqual([pages, expected])
    }),
  )
})

test('pages by offset go on behind the rows that came, where the service allows fewer than it is asked for', () => {
  fc.assert(
    fc.property(size, size, total, (asked, largest, all) => {
      const read = readAll(service(all, largest), { by: 'offset', size: sized(asked), total: '$.total' })
      expect(read).toEqual(Array.from({ length: all }, (_, index) => all - index))
    }),
  )
})

test('while rows come in, none that was there is missed: by offset some come twice, by cursor none', () => {
  fc.assert(
    fc.property(size, total, fc.array(fc.nat(3), { maxLength: 80 }), (rows, all, moves) => {
      const byOffset = service(
        all,
        rows,
        moves.map((move, at) => (at % 3 === 0 ? move : 0)),
      )
      const read = new Set(readAll(byOffset, { by: 'offset', size: sized(rows) }))
      expect(byOffset.lasting().filter((id) => !read.has(id))).toEqual([])
      const byCursor = service(all, rows, moves)
      const once = readAll(byCursor, { by: 'cursor', at: '$.next' })
      expect(new Set(once).size).toBe(once.length)
      expect(byCursor.lasting().filter((id) => !once.includes(id))).toEqual([])
    }),
  )
})

test('while rows go, an overlap of as many rows keeps pages by offset from missing one; without it one is missed', () => {
  const goes = fc.array(fc.integer({ min: -2, max: 0 }), { maxLength: 80 })
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 12 }), total, goes, (rows, all, moves) => {
      const shop = service(all, rows, moves)
      const read = new Set(readAll(shop, { by: 'offset', size: sized(rows), overlap: 2 }))
      expect(shop.lasting().filter((id) => !read.has(id))).toEqual([])
    }),
  )
  const shop = service(20, 5, [-2])
  const read = readAll(shop, { by: 'offset', size: sized(5) })
  expect(shop.lasting().filter((id) => !read.includes(id))).toEqual([15, 14])
})

test('no more rows are asked for than are wanted', () => {
  fc.assert(
    fc.property(size, total, fc.integer({ min: 1, max: 70 }), (rows, all, most) => {
      for (const pages of ways(rows).filter(({ by }) => by === 'offset')) {
        expect(readAll(service(all, rows), pages, most)).toHaveLength(Math.min(all, most))
      }
    }),
  )
})

const read = (body: object, rows: readonly unknown[] = [1]) => ({
  body,
  text: JSON.stringify(body),
  headers: {},
  rows,
  url: 'https://shop.example/x',
})

test.each<readonly [string, RestPages, readonly object[]]>([
  ['a cursor that comes back', { by: 'cursor', at: '$.next' }, [{ next: 'a' }, { next: 'b' }, { next: 'a' }]],
  ['a cursor that stays', { by: 'cursor', at: '$.next' }, [{ next: 'a' }, { next: 'a' }]],
  ['a URL that leads to itself', { by: 'next', at: '$.next' }, [{ next: '/x' }]],
  ['a parameter that the service does not know', { by: 'page' }, [{}, {}, {}, {}, {}]],
  ['more pages than there may be', { by: 'cursor', at: '$.next', atMost: 2 }, [{ next: 'a' }, { next: 'b' }]],
])('%s ends the pull', (_, pages, bodies) => {
  let listing = firstPage(pages, undefined)
  const goOn = (): void => {
    for (const body of bodies) listing = nextPage('orders', pages, listing, read(body)) ?? listing
  }
  expect(goOn).toThrow(expect.objectContaining({ code: 'source.endless' }))
})

test.each<readonly [unknown, string | undefined]>([
  ['{"next":9007199254740993001}', '9007199254740993001'],
  ['{"next":12}', '12'],
  ['{"next":""}', undefined],
  ['{"next":null}', undefined],
  ['{"next":false}', undefined],
  ['{}', undefined],
])('a cursor stays what it is, digit for digit: %s', (text, cursor) => {
  const pages: RestPages = { by: 'cursor', at: '$.next' }
  const answer = { ...read(JSON.parse(String(text)) as object), text: String(text) }
  const next = nextPage('orders', pages, firstPage(pages, undefined), answer)
  expect(next?.place).toEqual(cursor === undefined ? undefined : { kind: 'cursor', cursor })
})

test.each([
  ['<https://a.example/2>; rel="next"', 'https://a.example/2'],
  ['<https://a.example/1?a=1,2>; rel="prev last", </2?x=a;b>; title="the, next"; rel="next"', '/2?x=a;b'],
  ['<https://a.example/2>; rel=next', 'https://a.example/2'],
  ['<https://a.example/2>; REL="last Next"', 'https://a.example/2'],
  ['<https://a.example/2>; rel="nextish"', undefined],
  ['', undefined],
  [undefined, undefined],
])('the header Link %s leads to %s', (header, url) => {
  expect(nextLink(header)).toBe(url)
})

test('chunks hold each id once and in order, none longer than asked; halves find the bad ones in few requests', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.nat(2 ** 20),
      (ids, atOnce, seed) => {
        const chunks = chunksOf(ids, atOnce)
        expect(chunks.flat()).toEqual(ids)
        expect(chunks.every((chunk) => chunk.length <= atOnce && chunk.length > 0)).toBe(true)
        const bad = new Set(ids.filter((_, index) => (seed >> (index % 20)) % 7 === 1))
        const waiting = [...chunks]
        const [good, failed]: [string[], string[]] = [[], []]
        let requests = 0
        for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) {
          requests++
          if (!chunk.some((id) => bad.has(id))) good.push(...chunk)
          else if (chunk.length === 1) failed.push(...chunk)
          else waiting.unshift(...halvesOf(chunk))
        }
        expect(good).toEqual(ids.filter((id) => !bad.has(id)))
        expect(failed).toEqual(ids.filter((id) => bad.has(id)))
        expect(requests).toBeLessThanOrEqual(chunks.length + 2 * bad.size * Math.ceil(Math.log2(atOnce + 1)))
      },
    ),
  )
})

const interval = { start: Date.parse('2026-11-29'), end: Date.parse('2026-11-30') }
test.each<readonly [Parameters<typeof windowOf>[0], string | undefined, { since: string | undefined; until: string }]>([
  [{ by: 'interval' }, undefined, { since: '2026-11-29T00:00:00.000Z', until: '2026-11-30T00:00:00.000Z' }],
  [{ by: 'interval', as: 'seconds', overlap: '1h' }, undefined, { since: '1795906800', until: '1795996800' }],
  [{ by: 'interval', as: 'date' }, undefined, { since: '2026-11-29', until: '2026-11-30' }],
  [{ by: 'greatest', at: '$.at' }, undefined, { since: undefined, until: '2026-11-30T00:00:00.000Z' }],
  [{ by: 'greatest', at: '$.at', first: '2020-01-01' }, undefined, { since: '2020-01-01', until: '2026-11-30T00:00:00.000Z' }],
  [
    { by: 'greatest', at: '$.at', overlap: '10m' },
    '2026-11-28 10:05:00+02:00',
    { since: '2026-11-28T07:55:00.000Z', until: '2026-11-30T00:00:00.000Z' },
  ],
  [{ by: 'greatest', at: '$.at', as: 'milliseconds' }, '1795910400123', { since: '1795910400123', until: '1795996800000' }],
  [
    { by: 'greatest', at: '$.id', as: 'number', overlap: 5 },
    '9007199254740993001',
    { since: '9007199254740992996', until: '1795996800000' },
  ],
  [{ by: 'greatest', at: '$.id', as: 'text' }, 'b-7', { since: 'b-7', until: '1795996800000' }],
])('the window of %j after %s', (incremental, greatest, expected) => {
  expect(windowOf(incremental, interval, greatest)).toEqual(expected)
})

test('the greater of two values goes by what they mean, and not by their letters', () => {
  expect(greaterOf('9', '10', 'number')).toBe('10')
  expect(greaterOf('9007199254740993002', '9007199254740993001', 'number')).toBe('9007199254740993002')
  expect(greaterOf('2026-11-30T10:00:00+02:00', '2026-11-30T09:00:00Z', 'iso')).toBe('2026-11-30T09:00:00Z')
  expect(greaterOf('b', 'a', 'text')).toBe('b')
  expect(() => greaterOf(undefined, 'yesterday', 'iso')).toThrow(expect.objectContaining({ code: 'source.schema' }))
  expect(() => greaterOf(undefined, '', 'number')).toThrow(expect.objectContaining({ code: 'source.schema' }))
})

test('a link of another relation than next is the one that is asked for', () => {
  const header = '<https://a.example/1>; rel="next", <https://a.example/2>; rel="more older"'
  expect([nextLink(header), nextLink(header, 'more'), nextLink(header, 'last')]).toEqual([
    'https://a.example/1',
    'https://a.example/2',
    undefined,
  ])
})
