import type { SinkReceipt, SluiceError } from '@sluice/core'
import { fc } from '@sluice/core/testing/properties'
import { fileErrors } from '@sluice/sources'
import { expect, test } from 'vitest'
import type { FileToWrite } from './file-end.ts'
import { afterRound, type RoundOutcome } from './rounds.ts'

const file = (path: string): FileToWrite => ({
  listed: { path, bytes: 1, modified: 0 },
  write: { batch: path, run: 'r1', project: 'p', dataset: 'd', task: 't', logicalTime: 0, generation: 0 } as FileToWrite['write'],
})
const receipt = (batch: string, run = 'r1'): SinkReceipt => ({ batch, run }) as SinkReceipt
const refusal = (path: string): SluiceError => fileErrors.drift(`${path}: odd`, { facts: {}, next: 'Look at it.' })
const [a, b, c] = [file('a'), file('b'), file('c')]
const all = [a, b, c]

test('files whose columns have other types than the first one follow in one commit', () => {
  const refused = new Map([['b', refusal('b')]])
  const { ends, next } = afterRound(all, { is: 'committed', of: new Set(['a', 'b']), receipts: new Map([['a', receipt('a')]]), refused })
  expect(ends).toEqual([
    { listed: a.listed, receipt: receipt('a') },
    { listed: b.listed, error: refused.get('b') },
  ])
  expect(next).toEqual([[c]])
})

test('a batch that another run has written meanwhile is left to it', () => {
  const receipts = new Map([['a', receipt('a', 'r2')]])
  expect(afterRound([a], { is: 'committed', of: new Set(['a']), receipts, refused: new Map() })).toEqual({
    ends: [{ listed: a.listed, left: 'another pull has taken it' }],
    next: [],
  })
})

test('a file of which a commit says nothing is told as a bug, and not lost', () => {
  const { ends } = afterRound([a], { is: 'committed', of: new Set(['a']), receipts: new Map(), refused: new Map() })
  expect(ends).toMatchObject([{ listed: a.listed, error: { code: 'bug.unreachable', facts: { file: 'a' } } }])
})

test('files that are not as they were expected end, and the others are written together', () => {
  const refused = new Map([['a', refusal('a')]])
  expect(afterRound(all, { is: 'not as expected', refused, left: new Map([['c', 'it was written to while it was read']]) })).toEqual({
    ends: [
      { listed: a.listed, error: refused.get('a') },
      { listed: c.listed, left: 'it was written to while it was read' },
    ],
    next: [[b]],
  })
})

test('where one of several cannot be read, each is written by itself, in their order', () => {
  expect(afterRound(all, { is: 'unreadable' })).toEqual({ ends: [], next: [[a], [b], [c]] })
})

test('whatever comes of a commit, each file has one end or is in one commit that follows', () => {
  const files = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2 }).map((paths) => paths.map(file))
  fc.assert(
    fc.property(files, fc.constantFrom('committed', 'not as expected', 'unreadable'), fc.infiniteStream(fc.nat(2)), (given, is, fates) => {
      const of = Map.groupBy(given, () => fates.next().value)
      const batches = (fate: number) => (of.get(fate) ?? []).map(({ write }) => write.batch)
      const refused = new Map(batches(0).map((batch) => [batch, refusal(batch)]))
      const outcomes: Record<typeof is, RoundOutcome> = {
        committed: {
          is: 'committed',
          of: new Set([...batches(0), ...batches(1)]),
          receipts: new Map(batches(1).map((batch) => [batch, receipt(batch)])),
          refused,
        },
        'not as expected': {
          is: 'not as expected',
          refused,
          left: new Map(batches(1).map((batch) => [batch, 'it is not there any more'])),
        },
        unreadable: { is: 'unreadable' },
      }
      const { ends, next } = afterRound(given, outcomes[is])
      const paths = [...ends.map(({ listed }) => listed.path), ...next.flat().map(({ listed }) => listed.path)]
      expect(paths.toSorted()).toEqual(given.map(({ listed }) => listed.path).toSorted())
      expect(next.every((group) => group.length > 0)).toBe(true)
    }),
  )
})
