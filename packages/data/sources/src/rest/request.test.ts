import { restSource } from '@sluice/author'
import { expect, test } from 'vitest'
import { type Place, requestOf } from './request.ts'

const home = 'https://shop.example/v1'
const first: Place = { kind: 'first' }
const source = (more: object) => restSource({ name: 'orders', connection: 'shop', path: '/orders', rows: '$.data[*]', ...more } as never)
const seconds = { by: 'greatest', at: '$.at', as: 'seconds' }

test('bounds that are numbers stand in JSON as numbers, within a text as text, and one that nobody gave is null', () => {
  const asked = source({ body: { since: '{since}', filter: 'at > {since}', until: '{until}' }, incremental: seconds })
  const of = (since: string | undefined) => requestOf(asked, home, first, { since, until: '1795996800' }, undefined).body
  expect(of('1795906800')).toBe('{"since":1795906800,"filter":"at > 1795906800","until":1795996800}')
  expect(of('9007199254740993001')).toBe('{"since":"9007199254740993001","filter":"at > 9007199254740993001","until":1795996800}')
  expect(of(undefined)).toBe('{"since":null,"filter":null,"until":1795996800}')
  const iso = source({ body: { since: '{since}' }, incremental: { by: 'greatest', at: '$.at' } })
  expect(requestOf(iso, home, first, { since: '2026-11-30T00:00:00.000Z' }, undefined).body).toBe('{"since":"2026-11-30T00:00:00.000Z"}')
})

test('headers hold placeholders, and one whose placeholder has no value is left out', () => {
  const asked = source({ headers: { 'x-since': '{since}', accept: 'application/json' }, incremental: { by: 'greatest', at: '$.at' } })
  expect(requestOf(asked, home, first, { since: 'then' }, undefined).headers).toEqual({ 'x-since': 'then', accept: 'application/json' })
  expect(requestOf(asked, home, first, {}, undefined).headers).toEqual({ accept: 'application/json' })
})

test('a body is sent as a form where its header says so', () => {
  const form = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }
  const asked = source({
    ...form,
    body: { q: 'a&b=c', since: '{since}', ids: '{ids}' },
    ids: { list: ['1', '2'], atOnce: 2 },
    incremental: seconds,
  })
  const { body, headers, method } = requestOf(asked, home, first, { since: '5', ids: ['1', '2'] }, undefined)
  expect([method, body, headers]).toEqual(['POST', 'q=a%26b%3Dc&since=5&ids=1%2C2', form.headers])
  expect(() => source({ ...form, body: { nested: { a: 1 } } })).toThrow(/body\.nested/)
})

test('a URL of the next page keeps method, body and headers at home, and takes nothing along to another host', () => {
  const asked = source({ body: { q: 1 }, headers: { 'x-own': 'mine' }, pages: { by: 'next', at: '$.next' } })
  expect(requestOf(asked, home, { kind: 'url', url: 'https://shop.example/v1/orders?page=2' }, {}, undefined)).toEqual({
    ...{ method: 'POST', url: 'https://shop.example/v1/orders?page=2', body: '{"q":1}' },
    headers: { 'content-type': 'application/json', 'x-own': 'mine' },
  })
  for (const url of ['https://cdn.example/2', 'https://shop.example:8443/2']) {
    expect(requestOf(asked, home, { kind: 'url', url }, {}, undefined)).toEqual({ method: 'GET', url })
  }
})
