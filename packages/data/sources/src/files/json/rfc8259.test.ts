import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isSluiceError } from '@sluice/core'
import { expect, test } from 'vitest'
import { growing } from '../records/growing.ts'
import { forgottenRecords } from '../records/output.ts'
import { knownColumns } from './columns.ts'
import { readDocument } from './document.ts'
import { recordReader } from './record.ts'
import { deepest } from './value.ts'

interface Clause {
  readonly clause: string
  readonly accepted: readonly string[]
  readonly refused: readonly string[]
}

const table = JSON.parse(await readFile(join(import.meta.dirname, '../../../corpus/rfc8259.json'), 'utf8')) as readonly Clause[]

/** Whether the reader of records finds it to be JSON: what is JSON and cannot be a row is JSON. */
function isJsonRecord(text: string): boolean {
  const bytes = Buffer.from(`${text}\n`)
  const count = recordReader(knownColumns(), growing(16)).read(bytes, 0, bytes.length - 1, 1)
  return typeof count === 'number' || count.fault !== 'json'
}

async function isJsonDocument(text: string, keys: readonly string[], each: boolean): Promise<boolean> {
  try {
    await readDocument(pieces(text), 'text', { keys, each }, knownColumns(), forgottenRecords())
    return true
  } catch (thrown) {
    if (isSluiceError(thrown) && thrown.code === 'file.damaged') return false
    throw thrown
  }
}

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  for (const byte of Buffer.from(text)) yield Uint8Array.of(byte)
}

/** Each place in which a reader meets a text: alone, below a name, in a list, in what is nested, and outside of the rows. */
const roads: Readonly<Record<string, (text: string) => boolean | Promise<boolean>>> = {
  'a value of a record': (text) => isJsonRecord(`{"v":${text}}`),
  'an item of a list of a record': (text) => isJsonRecord(`{"v":[${text}]}`),
  'a value below a record': (text) => isJsonRecord(`{"v":{"w":${text}},"x":1}`),
  'a whole document': (text) => isJsonDocument(text, [], false),
  'a row of a document': (text) => isJsonDocument(`[{"v":${text}}]`, [], true),
  'a value outside of the rows': (text) => isJsonDocument(`{"v":${text},"rows":[{"a":1}]}`, ['rows'], true),
}

const cases = table.flatMap(({ clause, accepted, refused }) => [
  ...accepted.map((text) => ({ clause, text, good: true })),
  ...refused.map((text) => ({ clause, text, good: false })),
])

test('the table is right, as ECMAScript reads JSON', () => {
  expect(cases.length).toBeGreaterThan(200)
  const parses = (text: string): boolean => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
  expect(cases.filter(({ text, good }) => parses(text) !== good)).toEqual([])
})

test.each(Object.entries(roads))('%s is accepted and refused as RFC 8259 says', async (_name, isJson) => {
  const wrong = []
  for (const { clause, text, good } of cases) {
    const isList = isJson === roads['an item of a list of a record'] && partsOfLists.includes(text)
    if ((await isJson(text)) !== (good || isList)) wrong.push({ clause, text, good })
  }
  expect(wrong).toEqual([])
})

/** What is not JSON alone, and is between the brackets of a list. */
const partsOfLists = ['', ' ', '0,1']

test(`lists may be nested ${deepest} levels deep, and none deeper, however deep it is`, async () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
  const faultOf = (text: string) => {
    const bytes = Buffer.from(`${text}\n`)
    const read = recordReader(knownColumns(), growing(16)).read(bytes, 0, bytes.length - 1, 1)
    return typeof read === 'number' ? read : read.fault
  }
  expect(faultOf(`{"a":${nested(deepest)}}`)).toBe(1)
  expect(faultOf(`{"a":${nested(deepest + 1)}}`)).toBe('deep')
  expect(faultOf(`{"a":${'['.repeat(1_000_000)}`)).toBe('deep')
  expect(faultOf('{"a":'.repeat(1_000_000))).toBe('deep')
  await expect(isJsonDocument(`{"a":${nested(1_000_000)},"rows":[]}`, ['rows'], true)).rejects.toMatchObject({ code: 'file.limit' })
})
