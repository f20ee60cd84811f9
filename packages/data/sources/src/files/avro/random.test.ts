import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib'
import { long, type Random, seeded, seedOfRun } from '@sluice/core/testing'
import { openDuckDB } from '@sluice/duckdb'
import { afterAll, expect, test } from 'vitest'
import { createRowsFile } from '../isolated/rows/rows-file.ts'
import { parse } from './parse.ts'
import { bytesOf, containerOf, longBytes, textBytes, type WrittenBlock } from './testing/write.ts'

const folder = mkdtempSync(join(tmpdir(), 'avro-random-'))
const duckdb = await openDuckDB({ threads: 1 })
const connection = await duckdb.connect()
afterAll(() => {
  duckdb.close()
  rmSync(folder, { recursive: true })
})

/** A value as it is written, as a column tells it, and as it stands within JSON. */
interface Value {
  readonly bytes: Buffer
  readonly text: string | null
  readonly json: string
}

interface Type {
  readonly schema: unknown
  value(): Value
}

const quoted = (bytes: Buffer, text: string): Value => ({ bytes, text, json: JSON.stringify(text) })
const bare = (bytes: Buffer, text: string): Value => ({ bytes, text, json: text })

/** Snappy may hold all as it is: a length, and literals of up to 60 bytes. */
function snappy(content: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < content.length; at += 60) {
    const piece = content.subarray(at, at + 60)
    pieces.push(Buffer.of((piece.length - 1) << 2), piece)
  }
  const length: number[] = []
  for (let left = content.length; ; left >>>= 7) {
    length.push(left < 128 ? left : (left & 127) | 128)
    if (left < 128) break
  }
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(content))
  return Buffer.concat([Buffer.from(length), ...pieces, sum])
}

const codecs: Readonly<Record<string, (content: Buffer) => Buffer>> = {
  null: (content) => content,
  deflate: (content) => deflateRawSync(content),
  zstandard: (content) => zstdCompressSync(content),
  snappy,
}

function types(random: Random) {
  const { integer, pick, chance } = random
  let names = 0
  const name = (): string => `N${++names}`
  /** Of so many bits, often at the ends of their range. */
  const whole = (bits: number): bigint => {
    const edge = 1n << BigInt(bits - 1)
    if (chance(0.2)) return pick([edge - 1n, -edge, 0n, -1n, 1n])
    const digits = BigInt.asIntN(bits, BigInt(`0x${Array.from({ length: bits / 4 }, () => integer(16).toString(16)).join('')}`))
    return digits >> BigInt(integer(bits))
  }
  const letters = ['a', 'é', '日', '😀', '"', '\\', '\n', "'", ' ', '\u0001'] as const
  const string = (): string => Array.from({ length: integer(6) }, () => pick(letters)).join('')
  const raw = (length: number): Buffer => Buffer.from(Array.from({ length }, () => integer(256)))
  const decimal = (unscaled: bigint, scale: number): string => {
    const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
    const sign = unscaled < 0n ? '-' : ''
    return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  }
  const twosComplement = (value: bigint, length: number): Buffer =>
    Buffer.from(
      BigInt.asUintN(length * 8, value)
        .toString(16)
        .padStart(length * 2, '0'),
      'hex',
    )
  /** Of a moment within the years that a text has four digits for. */
  const ms = (): number => Date.UTC(1 + integer(9_998), integer(12), 1 + integer(28), integer(24), integer(60), integer(60), integer(1_000))
  const digitsOf = (part: bigint, digits: number): string => {
    let text = part.toString().padStart(digits, '0')
    while (text.endsWith('000')) text = text.slice(0, -3)
    return text === '' ? '' : `.${text}`
  }
  const moment = (logical: string, digits: 3 | 6 | 9, end: string): Type => ({
    schema: { type: 'long', logicalType: logical },
    value() {
      // 64 bits of nanoseconds reach from 1677 to 2262.
      const seconds = digits === 9 ? BigInt(integer(4_000_000_000) - 2_000_000_000) : BigInt(Math.floor(ms() / 1_000))
      const part = chance(0.3) ? 0n : BigInt(integer(10 ** digits))
      const text = `${new Date(Number(seconds) * 1_000).toISOString().slice(0, 19)}${digitsOf(part, digits)}${end}`
      return quoted(longBytes(seconds * 10n ** BigInt(digits) + part), text)
    },
  })
  const timeOfDay = (logical: string, type: 'int' | 'long', digits: 3 | 6): Type => ({
    schema: { type, logicalType: logical },
    value() {
      const [seconds, part] = [integer(86_400), chance(0.3) ? 0 : integer(10 ** digits)]
      const text = `${new Date(seconds * 1_000).toISOString().slice(11, 19)}${digitsOf(BigInt(part), digits)}`
      return quoted(longBytes(BigInt(seconds) * 10n ** BigInt(digits) + BigInt(part)), text)
    },
  })
  const plain: readonly [() => Type, ...(() => Type)[]] = [
    () => ({
      schema: 'boolean',
      value: () => {
        const is = chance(0.5)
        return bare(Buffer.of(is ? 1 : 0), String(is))
      },
    }),
    ...(['int', 'long'] as const).map((schema) => () => ({
      schema,
      value: () => {
        const value = whole(schema === 'int' ? 32 : 64)
        return bare(longBytes(value), String(value))
      },
    })),
    () => ({
      schema: 'double',
      value: () => {
        const value = pick([0.1, 1e300, -2.5, 5e-324, 1 / 3, 123_456.789])
        const bytes = Buffer.alloc(8)
        bytes.writeDoubleLE(value)
        return bare(bytes, String(value))
      },
    }),
    () => ({
      schema: 'string',
      value: () => {
        const text = string()
        return quoted(textBytes(text), text)
      },
    }),
    () => ({
      schema: 'bytes',
      value: () => {
        const bytes = raw(integer(9))
        return quoted(bytesOf(bytes), bytes.toString('base64'))
      },
    }),
    () => {
      const size = integer(20)
      return {
        schema: { type: 'fixed', name: name(), size },
        value: () => {
          const bytes = raw(size)
          return quoted(bytes, bytes.toString('base64'))
        },
      }
    },
    () => {
      const symbols = ['NEW', 'OLD', 'GONE'].slice(0, 1 + integer(3))
      return {
        schema: { type: 'enum', name: name(), symbols },
        value: () => {
          const at = integer(symbols.length)
          return quoted(longBytes(at), symbols[at] ?? '')
        },
      }
    },
    () => {
      const scale = integer(19)
      return {
        schema: { type: 'bytes', logicalType: 'decimal', precision: 38, scale },
        value: () => {
          const unscaled = whole(120)
          return bare(bytesOf(twosComplement(unscaled, 16)), decimal(unscaled, scale))
        },
      }
    },
    () => {
      const [scale, size] = [integer(5), pick([4, 6, 7, 16])]
      return {
        schema: { type: 'fixed', name: name(), size, logicalType: 'decimal', precision: 9, scale },
        value: () => {
          const unscaled = whole(32)
          return bare(twosComplement(unscaled, size), decimal(unscaled, scale))
        },
      }
    },
    () => ({
      schema: { type: 'int', logicalType: 'date' },
      value: () => {
        const day = Math.floor(ms() / 86_400_000)
        return quoted(longBytes(day), new Date(day * 86_400_000).toISOString().slice(0, 10))
      },
    }),
    () => timeOfDay('time-millis', 'int', 3),
    () => timeOfDay('time-micros', 'long', 6),
    () => moment('timestamp-millis', 3, 'Z'),
    () => moment('timestamp-micros', 6, 'Z'),
    () => moment('timestamp-nanos', 9, 'Z'),
    () => moment('local-timestamp-millis', 3, ''),
    () => moment('local-timestamp-micros', 6, ''),
    () => ({
      schema: { type: 'string', logicalType: 'uuid' },
      value: () => {
        const text = raw(16)
          .toString('hex')
          .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
        return quoted(textBytes(text), text)
      },
    }),
  ]

  /** A list in blocks, of which some say how long they are (Avro 1.12, Arrays). */
  const items = (each: readonly Buffer[]): Buffer => {
    const blocks: Buffer[] = []
    for (let at = 0; at < each.length; ) {
      const block = each.slice(at, at + 1 + integer(3))
      const content = Buffer.concat(block)
      blocks.push(...(chance(0.5) ? [longBytes(-block.length), longBytes(content.length)] : [longBytes(block.length)]), content)
      at += block.length
    }
    return Buffer.concat([...blocks, longBytes(0)])
  }
  const optional = (of: Type): Type => {
    const isFirst = chance(0.5)
    return {
      schema: isFirst ? ['null', of.schema] : [of.schema, 'null'],
      value: () => {
        if (chance(0.3)) return { bytes: longBytes(isFirst ? 0 : 1), text: null, json: 'null' }
        const value = of.value()
        return { ...value, bytes: Buffer.concat([longBytes(isFirst ? 1 : 0), value.bytes]) }
      },
    }
  }
  const nested: readonly [(depth: number) => Type, ...((depth: number) => Type)[]] = [
    (depth) => {
      const of = any(depth + 1)
      return {
        schema: { type: 'array', items: of.schema },
        value: () => {
          const values = Array.from({ length: integer(5) }, () => of.value())
          return bare(items(values.map(({ bytes }) => bytes)), `[${values.map(({ json }) => json).join(',')}]`)
        },
      }
    },
    (depth) => {
      const of = any(depth + 1)
      return {
        schema: { type: 'map', values: of.schema },
        value: () => {
          const values = Array.from({ length: integer(4) }, (_, at) => ({ key: `${string()}${at}`, value: of.value() }))
          const bytes = items(values.map(({ key, value }) => Buffer.concat([textBytes(key), value.bytes])))
          return bare(bytes, `{${values.map(({ key, value }) => `${JSON.stringify(key)}:${value.json}`).join(',')}}`)
        },
      }
    },
    (depth) => {
      const fields = Array.from({ length: 1 + integer(3) }, (_, at) => ({ name: `f${at}`, of: any(depth + 1) }))
      return {
        schema: { type: 'record', name: name(), fields: fields.map((field) => ({ name: field.name, type: field.of.schema })) },
        value: () => {
          const values = fields.map((field) => ({ key: field.name, value: field.of.value() }))
          const json = `{${values.map(({ key, value }) => `${JSON.stringify(key)}:${value.json}`).join(',')}}`
          return bare(Buffer.concat(values.map(({ value }) => value.bytes)), json)
        },
      }
    },
  ]
  function any(depth: number): Type {
    const of = depth < 3 && chance(0.3) ? pick(nested)(depth) : pick(plain)()
    return chance(0.3) ? optional(of) : of
  }
  return any
}

test('records of random types and codecs come back as they were written, to the last digit', async () => {
  const random = seeded(seedOfRun())
  const { integer, pick } = random
  const seen = new Set<string>()
  for (let round = 0; round < (long ? 1_000 : 40); round++) {
    const any = types(random)
    const columns = Array.from({ length: 1 + integer(6) }, (_, at) => ({ name: `c${at}`, of: any(0) }))
    const schema = { type: 'record', name: 'R', fields: columns.map(({ name, of }) => ({ name, type: of.schema })) }
    const records = Array.from({ length: integer(30) }, () => columns.map(({ of }) => of.value()))
    const codec = pick(Object.keys(codecs) as [string, ...string[]])
    const blocks: WrittenBlock[] = []
    for (let at = 0; at < records.length; ) {
      const block = records.slice(at, at + 1 + integer(10))
      const content = Buffer.concat(block.flatMap((record) => record.map(({ bytes }) => bytes)))
      blocks.push({ records: block.length, content: (codecs[codec] as (content: Buffer) => Buffer)(content) })
      at += block.length
    }
    const file = containerOf(schema, codec, blocks)
    const path = join(folder, 'file.avro')
    writeFileSync(path, file)
    const rows = (name: string) => join(folder, `${round}-${name}.parquet`)
    const shown = `SLUICE_SEED=${seedOfRun()} round ${round}, ${codec}: ${JSON.stringify(schema)}`
    const parsed = await parse({
      path,
      bytes: file.length,
      task: { most: null },
      createRows: (name) => createRowsFile({ path: rows(name) }),
    })
    expect(parsed, shown).toMatchObject({ codec, records: records.length, refused: 0 })
    const list = parsed.columns.map((_, at) => `CAST(c${at + 1} AS VARCHAR)`).join(', ')
    const read = await connection.rows(`SELECT [${list}] AS cells FROM read_parquet('${rows('rows')}') ORDER BY c0`)
    const doubles = parsed.columns.map(({ type }) => type === 'DOUBLE')
    const alike = (cells: readonly (string | null)[]) =>
      cells.map((cell, at) => (doubles[at] === true && cell !== null ? Number(cell) : cell))
    expect(
      read.map(({ cells }) => alike(cells as unknown as readonly (string | null)[])),
      shown,
    ).toEqual(records.map((record) => alike(record.map(({ text }) => text))))
    for (const { of } of columns) seen.add(JSON.stringify(of.schema).slice(0, 40))
  }
  expect(seen.size).toBeGreaterThan(20)
})
