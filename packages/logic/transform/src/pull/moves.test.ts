import { fc } from '@sluice/core/testing/properties'
import { expect, test } from 'vitest'
import { type Moves, planMoves } from './moves.ts'
import type { KnownFile } from './plan.ts'

/** Path -> content, as a folder held them and holds them now. */
type Held = Readonly<Record<string, string>>

const knownOf = (path: string, content: string): KnownFile => ({
  ...{ path, bytes: content.length, modified: 0, hash: content, batch: `batch of ${path}`, generation: 0, run: 'r1', logicalTime: 0 },
  ...{ gone: false, rowsIn: 1, rowsWritten: 1, rowsQuarantined: 0 },
})

/** As the look at a folder asks: files that are the same under their paths are left out, with their batches. */
function movesOf(before: Held, now: Held): Moves {
  const known = new Map(Object.entries(before).map(([path, content]) => [path, knownOf(path, content)]))
  const strange = Object.entries(now).flatMap(([path, content]) => {
    const own = known.get(path)
    const listed = { path, bytes: content.length, modified: 1 }
    return own?.hash === content ? [] : [{ listed, known: own, hash: content }]
  })
  return planMoves(
    strange,
    known
      .values()
      .filter(({ path, hash }) => now[path] !== hash)
      .toArray(),
  )
}

const inShort = ({ moved, replaced, vacated }: Moves) => ({
  moved: moved.map(({ listed, known }) => `${known.path} -> ${listed.path}`),
  replaced: replaced.map(({ path }) => path).toSorted(),
  vacated: [...vacated].toSorted(),
})

const none = { moved: [], replaced: [], vacated: [] }

test.each<[string, Held, Held, object]>([
  ['a file moved into a folder', { 'a.csv': 'A' }, { 'archive/a.csv': 'A' }, { ...none, moved: ['a.csv -> archive/a.csv'] }],
  ['a file renamed', { 'a.csv': 'A', 'b.csv': 'B' }, { 'c.csv': 'A', 'b.csv': 'B' }, { ...none, moved: ['a.csv -> c.csv'] }],
  ['a copy, whose original is there still', { 'a.csv': 'A' }, { 'a.csv': 'A', 'b.csv': 'A' }, none],
  [
    'two that swap their names',
    { 'a.csv': 'A', 'b.csv': 'B' },
    { 'a.csv': 'B', 'b.csv': 'A' },
    { ...none, moved: ['b.csv -> a.csv', 'a.csv -> b.csv'] },
  ],
  [
    'three that move in a circle',
    { a: 'A', b: 'B', c: 'C' },
    { a: 'C', b: 'A', c: 'B' },
    { ...none, moved: ['c -> a', 'a -> b', 'b -> c'] },
  ],
  ['a file moved and changed at once', { 'a.csv': 'A' }, { 'archive/a.csv': 'A2' }, none],
  [
    'a file moved, and a new one under its name',
    { 'a.csv': 'A' },
    { 'archive/a.csv': 'A', 'a.csv': 'B' },
    { moved: ['a.csv -> archive/a.csv'], replaced: [], vacated: ['a.csv'] },
  ],
  [
    'a file moved over another one',
    { 'a.csv': 'A', 'b.csv': 'B' },
    { 'a.csv': 'B' },
    { moved: ['b.csv -> a.csv'], replaced: ['a.csv'], vacated: [] },
  ],
  [
    'a file moved over one that has moved on',
    { a: 'A', b: 'B' },
    { b: 'A', c: 'B' },
    { moved: ['a -> b', 'b -> c'], replaced: [], vacated: [] },
  ],
  ['two of the same bytes, one of which moves', { a: 'A', b: 'A' }, { a: 'A', c: 'A' }, { ...none, moved: ['b -> c'] }],
  [
    'two of the same bytes that move, which go by their names',
    { '1/a': 'A', '1/b': 'A' },
    { '0/b': 'A', '2/a': 'A' },
    { ...none, moved: ['1/b -> 0/b', '1/a -> 2/a'] },
  ],
  ['two of the same bytes, of which one is left and another is elsewhere', { a: 'A', b: 'A' }, { c: 'A' }, { ...none, moved: ['a -> c'] }],
  ['one that moves and is copied', { a: 'A' }, { b: 'A', c: 'A' }, { ...none, moved: ['a -> b'] }],
  ['a changed file', { a: 'A' }, { a: 'B' }, none],
  ['a file that vanished', { a: 'A', b: 'B' }, { b: 'B' }, none],
])('%s', (_, before, now, moves) => {
  expect(inShort(movesOf(before, now))).toEqual(moves)
})

test('whatever has moved, each batch has one path or goes, each path has one batch at most, and whoever lists in another order finds the same', () => {
  const held = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd/a', 'd/b'), fc.constantFrom('A', 'B', 'C'))
  fc.assert(
    fc.property(held, held, (before, now) => {
      const { moved, replaced, vacated } = movesOf(before, now)
      const [to, from] = [moved.map(({ listed }) => listed.path), moved.map(({ known }) => known.path)]
      expect([new Set(to).size, new Set(from).size]).toEqual([to.length, from.length])
      for (const { listed, known } of moved) expect([now[listed.path], now[known.path] === known.hash]).toEqual([known.hash, false])
      for (const { path } of replaced) expect([from.includes(path), to.includes(path)]).toEqual([false, true])
      for (const path of vacated) expect([from.includes(path), to.includes(path)]).toEqual([true, false])
      const backwards = (of: Held): Held => Object.fromEntries(Object.entries(of).toReversed())
      expect(inShort(movesOf(backwards(before), backwards(now)))).toEqual(inShort({ moved, replaced, vacated }))
    }),
  )
})
