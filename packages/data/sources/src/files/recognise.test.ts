import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { zipOf } from './bytes/testing/zip.ts'
import type { FileAtHand } from './reader.ts'
import { recognise } from './recognise.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice recognise '))
const content = Buffer.from('id,name\n1,Ann\n')

function put(name: string, bytes: Buffer): FileAtHand {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return { path, name, bytes: bytes.length }
}

test('a zip whose name says nothing is what the one file in it is by its name', async () => {
  expect(await recognise(put('a.zip', zipOf([{ name: 'out/sales.csv', content }])))).toEqual({ kind: 'csv' })
  expect(await recognise(put('b.zip', zipOf([{ name: 'sales.jsonl', content }])))).toEqual({ kind: 'jsonl' })
  const beside = [
    { name: 'out/', content: Buffer.alloc(0) },
    { name: 'out/sales.csv', content },
    { name: '__MACOSX/._sales.csv', content },
  ]
  expect(await recognise(put('c.zip', zipOf(beside)))).toEqual({ kind: 'csv' })
})

test.each([
  [
    'several files',
    [
      { name: 'a.csv', content },
      { name: 'b.csv', content },
    ],
    'x.zip: the zip holds 2 files, where one is read',
  ],
  ['one that nobody knows', [{ name: 'inner.zip', content }], 'x.zip: neither its name nor its first bytes say of which format it is'],
  [
    'two of one name',
    [
      { name: 'a.csv', content },
      { name: 'a.csv', content },
    ],
    'x.zip: it has two parts of the name a.csv',
  ],
])('a zip with %s is refused by name', async (_, parts, message) => {
  await expect(recognise(put('x.zip', zipOf(parts)))).rejects.toThrow(message)
})

test('a zip that has more parts than it counts is refused: the others would be lost', async () => {
  const bytes = zipOf([
    { name: 'a.csv', content },
    { name: 'b.csv', content },
  ])
  bytes.writeUInt16LE(1, bytes.length - 12)
  await expect(recognise(put('y.zip', bytes))).rejects.toThrow('y.zip: it is cut off, or its directory is damaged')
})
