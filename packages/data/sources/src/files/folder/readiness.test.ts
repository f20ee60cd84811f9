import { fc } from '@sluice/core/testing/properties'
import { expect, test } from 'vitest'
import type { FolderEntry } from './folder.ts'
import { isMarker, isSameFile, type Look, markerOf, readiness } from './readiness.ts'

const span = 10_000
const at = 1_800_000_000_000
const entry = (bytes: number, modified: number, touched?: number): FolderEntry => ({
  path: 'a.csv',
  bytes,
  modified,
  ...(touched === undefined ? {} : { touched }),
})
const once = (of: FolderEntry, now = at) => readiness({ entry: of, at: now }, { entry: of, at: now }, span)

test('a file that nobody has written to for the span is ready at once, a younger one after the rest of it', () => {
  expect(once(entry(5, at - span))).toEqual({ ready: true })
  expect(once(entry(5, at - 4_000))).toEqual({ ready: false, waitMs: 6_000 })
  expect(once(entry(5, at))).toEqual({ ready: false, waitMs: span })
})

test('a time that was set back, or lies in the future, makes no file ready', () => {
  expect(once(entry(5, at - 86_400_000, at - 1_000))).toEqual({ ready: false, waitMs: 9_000 })
  expect(once(entry(5, at + 3_600_000))).toEqual({ ready: false, waitMs: span })
})

test('a file of a clock that goes ahead is ready once it was the same in two looks', () => {
  const ahead = entry(5, at + 3_600_000)
  expect(readiness({ entry: ahead, at }, { entry: ahead, at: at + span }, span)).toEqual({ ready: true })
})

test('a file that has changed between two looks is not ready, also when its times say that it is old', () => {
  const looks = (last: FolderEntry) => readiness({ entry: entry(5, at), at }, { entry: last, at: at + span }, span)
  expect(looks(entry(6, at + 4_000))).toEqual({ ready: false, waitMs: span })
  expect(readiness({ entry: entry(5, at - 99_000), at: at - 1 }, { entry: entry(6, at - 99_000), at }, span)).toEqual({
    ready: false,
    waitMs: span,
  })
})

test('whatever its writer does, a file is only ready when no write is younger than the span, by our clock', () => {
  const write = fc.record({ afterMs: fc.integer({ min: 0, max: 30_000 }), bytes: fc.integer({ min: 0, max: 3 }) })
  fc.assert(
    fc.property(
      fc.array(write, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 0, max: 3_600_000 }),
      fc.integer({ min: 0, max: 60_000 }),
      fc.integer({ min: 0, max: 40_000 }),
      (writes, ahead, first, wait) => {
        // The clock of the writer may be ahead of ours.
        const times: { readonly at: number; readonly bytes: number }[] = []
        for (const { afterMs, bytes } of writes) {
          const { at: before = 0, bytes: there = 0 } = times.at(-1) ?? {}
          times.push({ at: before + afterMs, bytes: there + bytes })
        }
        const seen = (now: number): Look => {
          const last = times.findLast((each) => each.at <= now)
          return { at: now, entry: entry(last?.bytes ?? 0, (last?.at ?? 0) + ahead) }
        }
        const answer = readiness(seen(first), seen(first + wait), span)
        const youngest = times.findLast((each) => each.at <= first + wait)?.at ?? 0
        if (answer.ready) expect(first + wait - youngest).toBeGreaterThanOrEqual(Math.min(span, first + wait))
        else expect(answer.waitMs).toBeGreaterThan(0)
        // Once it was waited for as long as it says, nothing written meanwhile, it is ready.
        if (!answer.ready && times.every((each) => each.at <= first)) {
          const later = first + wait + answer.waitMs
          expect(readiness(seen(first), seen(later), span).ready).toBe(true)
        }
      },
    ),
    { numRuns: 2_000 },
  )
})

test('a file is the same by its size and its times, where they are known of both', () => {
  expect(isSameFile(entry(1, 2, 3), entry(1, 2, 3))).toBe(true)
  expect(isSameFile(entry(1, 2, 3), entry(1, 2))).toBe(true)
  expect([entry(2, 2, 3), entry(1, 3, 3), entry(1, 2, 4)].filter((other) => isSameFile(entry(1, 2, 3), other))).toEqual([])
})

test('a marker stands beside its file, or one in a folder for all of its files', () => {
  expect(markerOf('*.done', 'a/b.csv')).toBe('a/b.csv.done')
  expect(markerOf('_SUCCESS', 'a/b.csv')).toBe('a/_SUCCESS')
  expect(markerOf('ok-*', '$&.csv')).toBe('ok-$&.csv')
  expect(['a/b.csv.done', '.done', 'done', 'a/x.done/b'].map((path) => isMarker('*.done', path))).toEqual([true, false, false, false])
  expect(['a/_SUCCESS', '_SUCCESS', '_SUCCESS.csv'].map((path) => isMarker('_SUCCESS', path))).toEqual([true, true, false])
})
