import { fileErrors } from '@sluice/sources'
import { expect, test } from 'vitest'
import { type NotTaken, refusalOf } from './not-taken.ts'

const refused = (path: string, reason: string): NotTaken => ({
  path,
  error: fileErrors.drift(`${path}: ${reason}`, { facts: { file: path }, next: 'Declare it.' }),
})
const from = { name: 'orders' }

test('one file is told as it is, and none is not told', () => {
  const one = refused('a.csv', 'odd')
  expect([refusalOf(from, [one], 3), refusalOf(from, [], 3)]).toEqual([one.error, undefined])
})

test('a reason that several files share is told once, with how many they are and the first names', () => {
  const shared = ['a.csv', 'b.csv', 'c.csv', 'd.csv', 'e.csv'].map((path) => refused(path, 'the column id is missing'))
  const error = refusalOf(from, [...shared, refused('f.csv', 'it is damaged')], 9)
  expect(error?.message).toBe(
    '6 of 9 files of orders were not taken: 5 files (a.csv, b.csv, c.csv and 2 more): the column id is missing; f.csv: it is damaged',
  )
  expect(error).toMatchObject({
    code: 'file.not_taken',
    facts: {
      reasons: [
        { code: 'file.drift', count: 5, reason: 'the column id is missing' },
        { count: 1, files: ['f.csv'] },
      ],
    },
    next: 'Put the files or the declaration right, and clear the task: what was taken stays. Declare it.',
  })
  expect(refusalOf(from, shared.slice(0, 2), 2)?.message).toContain('2 files (a.csv, b.csv): the column id')
})

test('files of which one may be taken by trying again are tried again, whatever the others are', () => {
  const lost = { path: 'b.csv', error: fileErrors.lost('b.csv: its process has ended', { next: 'Read it again.' }) }
  const error = refusalOf(from, [refused('a.csv', 'odd'), lost], 2)
  expect(error).toMatchObject({ code: 'file.not_taken', kind: 'retryable', status: 503, next: 'Read it again.' })
  expect(refusalOf(from, [refused('a.csv', 'odd'), refused('c.csv', 'odd')], 2)).toMatchObject({ kind: 'permanent' })
})
