import { bigint, boolean, type ColumnType, date, decimal, double, integer, timestamp } from '@sluice/author'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import type { Dialect } from './dialect.ts'
import { provableOf } from './provable.ts'
import { plainWalkerOf } from './testing/plain-walk.ts'
import { type Walker, walkerOf } from './walk.ts'

const { integer: below, pick, chance } = seeded(seedOfRun())
const types = [
  undefined,
  integer().type,
  bigint().type,
  decimal(12, 2).type,
  decimal(18, 17).type,
  decimal(5, 0).type,
  double().type,
  boolean().type,
  date().type,
  timestamp().type,
] as const

const times = <T>(most: number, make: () => T): readonly T[] => Array.from({ length: below(most + 1) }, make)
const digits = (most: number): string => times(most, () => below(10)).join('')
const two = (most: number): string => String(below(most)).padStart(2, '0')
const day = (): string => `${pick(['0000', '0001', '1900', '2000', '2023', '2024', '9999', digits(5)])}-${two(14)}-${two(33)}`

/** A text of a type, or nearly. */
function textFor(type: ColumnType | undefined): string {
  switch (type?.kind) {
    case 'integer':
    case 'bigint':
      return `${chance(0.2) ? '-' : ''}${pick([digits(4), digits(11), digits(20), '2147483647', '2147483648', '999999999', '1000000000'])}`
    case 'decimal':
    case 'double':
      return `${chance(0.2) ? '-' : ''}${digits(pick([3, 6, 12, 22]))}${chance(0.7) ? `.${digits(pick([2, 3, 18, 42]))}` : ''}`
    case 'boolean':
      return pick(['true', 'false', 'tru', 'fals', 'falsy', 'True'])
    case 'date':
      return day()
    case 'timestamp':
      return `${day()}${pick(['T', ' ', 't'])}${two(26)}:${two(62)}:${two(62)}${chance(0.6) ? `.${digits(8)}` : ''}${pick(['Z', 'Z', 'z', ''])}`
    default:
      return pick(['', 'word', 'à côté', 'x'.repeat(below(40))])
  }
}

const spoil = (text: string): string => {
  const at = below(text.length + 1)
  return text.slice(0, at) + pick(['', '0', '-', '.', ' ', ':', '"', "'", ',', ';', '#', '\r', '\n', '\0', 'é']) + text.slice(at + below(2))
}

function line(columns: readonly (ColumnType | undefined)[], { delimiter, quote }: Dialect, end: string): string {
  const cells = columns.map((type) => {
    const text = chance(0.05) ? '' : chance(0.02) ? spoil(textFor(type)) : textFor(type)
    return quote !== '' && chance(0.03) ? `${quote}${text}${quote}${chance(0.2) ? quote : ''}` : text
  })
  return cells.join(delimiter) + (chance(0.02) ? delimiter : '') + (chance(0.01) ? pick(['\r\n', '\r', '\n\n']) : end)
}

/** All that a walk over a piece finds, where each line that stops it is passed over. */
function walked(walker: Walker, piece: Uint8Array, names: Uint8Array | undefined): unknown {
  const walk = walker.over(piece)
  walker.names = names
  const stops: unknown[] = []
  for (let at = 0; at < piece.length; ) {
    const next = walk(at)
    const { lines, longest, quoted, lineEnd, proved } = walker
    stops.push({ next, lines, longest, quoted, lineEnd, proved: [...proved] })
    at = next === piece.length ? next : piece.indexOf(0x0a, next) + 1
  }
  return stops
}

test('a walk finds in random texts what a plain look at each byte finds', () => {
  let stopped = 0
  for (let round = 0; round < (long ? 40_000 : 1_500); round++) {
    const columns = [pick(types), ...times(5, () => pick(types))]
    const provable = columns.map((type) => type && provableOf(type))
    const dialect: Dialect = {
      delimiter: pick([',', ';', '\t', '.', '-']),
      quote: pick(['"', "'", '']),
      escape: '"',
      comment: pick(['', '#', '1']),
    }
    const end = pick(['\n', '\r\n'])
    const lines = times(pick([3, 30]), () => line(columns, dialect, end))
    const noise = Buffer.from(times(40, () => pick(['é', 'true', ...'0019-.,;"\'\r\n TZ:#\0'])).join(''))
    const piece = Buffer.concat([Buffer.from(lines.join('')), chance(0.2) ? noise : Buffer.alloc(0), Buffer.from('\n')])
    const names = chance(0.3) ? piece.subarray(0, piece.indexOf('\n')) : undefined
    const found = walked(walkerOf(dialect, provable), piece, names)
    const shown = `SLUICE_SEED=${seedOfRun()} ${JSON.stringify({ columns, dialect, text: piece.toString() })}`
    expect(found, shown).toEqual(walked(plainWalkerOf(dialect, provable), piece, names))
    stopped += (found as readonly unknown[]).length
  }
  expect(stopped).toBeGreaterThan(1_000)
})

test('pieces of any size and tables of any width are walked over, one walker beside another', () => {
  const dialect: Dialect = { delimiter: ',', quote: '"', escape: '"', comment: '' }
  const wide = Array.from({ length: 10_000 }, () => provableOf(integer().type))
  const narrow = [provableOf(date().type), undefined]
  const [one, other] = [walkerOf(dialect, wide), walkerOf(dialect, narrow)]
  const row = Buffer.from(`${wide.map((_, at) => at).join(',')}\n`)
  const days = Buffer.from(`2026-12-01,${'x'.repeat(3_000_000)}\n`)
  for (let round = 1; round <= 3; round++) {
    expect(one.over(row)(0)).toBe(row.length)
    expect(other.over(days)(0)).toBe(days.length)
    expect([one.lines, other.lines]).toEqual([round, round])
  }
  expect(one.proved.every((each) => each === 1)).toBe(true)
  expect([...other.proved]).toEqual([1, 0])
  expect(other.longest).toBe(days.length - 1)
})
