import { fileBatchId } from '@sluice/core'
import { fc } from '@sluice/core/testing/properties'
import type { FolderEntry } from '@sluice/sources/folder'
import { expect, test } from 'vitest'
import { type Asking, batchOfNew, compared, driftKey, generationAfter, inOrder, type KnownFile, lookAt, refuseEmptied } from './plan.ts'

const listed: FolderEntry = { path: 'a.csv', bytes: 10, modified: 1_000, mark: 'm' }
const counts = { rowsIn: 1, rowsWritten: 1, rowsQuarantined: 0 }
const known: KnownFile = {
  path: 'a.csv',
  bytes: 10,
  modified: 1_000,
  hash: 'h1',
  batch: 'b1',
  generation: 0,
  run: 'r1',
  cleared: 0,
  logicalTime: 0,
  gone: false,
  ...counts,
}
const asking = (more: Partial<Asking> = {}): Asking => ({ run: 'r2', cleared: 0, again: new Set(), otherwise: new Set(), ...more })
const drifted: KnownFile = { ...known, declared: 'd1', drift: '[]' }
const otherwise = new Set([driftKey(drifted)])

test.each([
  ['new', 'a file that nothing is known of', undefined, asking()],
  ['new', 'a file whose rows were taken away when it vanished', { ...known, gone: true }, asking()],
  ['unchanged', 'a file of the same size and time', known, asking()],
  ['compare', 'a file that was touched', { ...known, modified: 999 }, asking()],
  ['compare', 'a file of the same size and time that has another mark', { ...known, mark: 'other' }, asking()],
  ['unchanged', 'a file of the same size, time and mark', { ...known, mark: 'm' }, asking()],
  ['redeclared', 'a file whose columns are declared otherwise since', drifted, asking({ otherwise })],
  ['unchanged', 'a file that another declaration has read', { ...drifted, declared: 'd2' }, asking({ otherwise })],
  ['written', 'a file that this run has read, whatever is declared since,', drifted, asking({ run: 'r1', otherwise })],
  ['compare', 'a file of another size', { ...known, bytes: 9 }, asking()],
  ['written', 'a file that an earlier attempt of this run has read', known, asking({ run: 'r1' })],
  ['cleared', 'a file that this run has read before it was cleared', known, asking({ run: 'r1', cleared: 1 })],
  ['written', 'a file that this run has read since it was cleared', { ...known, cleared: 1 }, asking({ run: 'r1', cleared: 1 })],
  ['unchanged', 'a file of another run, for one that was cleared', known, asking({ cleared: 3 })],
  ['asked', 'a file that is asked for by its name', known, asking({ again: new Set(['a.csv']) })],
  ['written', 'a file that was asked for, in the next attempt', known, asking({ run: 'r1', again: new Set(['a.csv']) })],
] as const)('%s is %s', (look, _, of, by) => {
  expect(lookAt(listed, of, by)).toBe(look)
})

test('a touched file whose bytes are the same is unchanged, and another content is the next generation', () => {
  expect(compared('h1', known, asking())).toBe('unchanged')
  expect(compared('h1', known, asking({ run: 'r1' }))).toBe('written')
  expect(compared('h2', known, asking())).toBe('changed')
  expect(compared('h1', drifted, asking({ otherwise }))).toBe('redeclared')
  expect([generationAfter(undefined), generationAfter(known)]).toEqual([0, 1])
})

test('a new file has the batch of its path, and the next one where that has moved on', () => {
  const file = { project: 'p', dataset: 'p:lake.silver.d', source: 's', path: 'a.csv' }
  const own = batchOfNew(file, new Set())
  expect(own).toBe(fileBatchId(file))
  const next = batchOfNew(file, new Set([own]))
  expect([next, batchOfNew(file, new Set([own, next]))]).toEqual([fileBatchId({ ...file, turn: 1 }), fileBatchId({ ...file, turn: 2 })])
})

test.each([
  ['is refused', 'delete', 2, 0, 'file.emptied'],
  ['is refused, be it one file', 'delete', 1, 0, 'file.emptied'],
  ['is empty where the source says so', 'delete-all', 2, 0, undefined],
  ['takes no rows away where they are kept', 'keep', 2, 0, undefined],
  ['that was empty before is empty', 'delete', 0, 0, undefined],
  ['with a file left is as it looks', 'delete', 2, 1, undefined],
] as const)('a folder without its files %s', (_, vanished, gone, found, code) => {
  const look = { vanished: Array.from({ length: gone }), counts: { found } }
  expect(refuseEmptied({ name: 'orders', vanished }, '/inbox', look)?.code).toBe(code)
})

test('the order of files does not depend on how they were listed', () => {
  const files = fc.uniqueArray(fc.record({ path: fc.string({ minLength: 1 }), bytes: fc.nat(), modified: fc.nat(3) }), {
    selector: ({ path }) => path,
  })
  fc.assert(
    fc.property(files, fc.constantFrom('name', 'modified'), (all, by) => {
      const ordered = inOrder(all, by)
      expect(inOrder(all.toReversed(), by)).toEqual(ordered)
      for (const [at, file] of ordered.entries()) {
        const before = ordered[at - 1]
        if (before !== undefined && by === 'modified') expect(before.modified).toBeLessThanOrEqual(file.modified)
      }
    }),
  )
})
