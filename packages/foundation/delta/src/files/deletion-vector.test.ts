import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { localStore } from '../store/local.ts'
import { deletionVectorPath, readDeletionVector, writeDeletionVectors } from './deletion-vector.ts'
import { decodePositions, encodePositions, RoaringError } from './roaring.ts'
import { decodeZ85, encodeZ85 } from './z85.ts'

const at = (...rows: number[]) => Float64Array.from(rows)
const range = (from: number, to: number, step = 1) =>
  Float64Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step)

describe('Z85', () => {
  test('gives the text of the specification', () => {
    const bytes = Uint8Array.of(0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b)
    expect(encodeZ85(bytes)).toBe('HelloWorld')
    expect(decodeZ85('HelloWorld')).toEqual(bytes)
  })
  test.for([
    ['###01', [1]],
    ['##093', [3, 0]],
    ['#0110', [0, 28, 142]],
    ['HelloWorld##093', [0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b, 3, 0]],
  ] as const)('reads the padded end that delta-rs writes: %s', ([text, bytes]) => {
    expect([...(decodeZ85(text) ?? [])]).toEqual(bytes)
  })
  test.for(['###ff', '##fff', '#####', '##093HelloW'.slice(0, 10)])('refuses the padding of %s', (text) => {
    expect(decodeZ85(text)).toBeUndefined()
  })
  test.for(['abcd', 'abc"e', 'äbcde', '#####'])('refuses %s', (text) => {
    expect(decodeZ85(text)).toBeUndefined()
  })
})

describe('the bitmap', () => {
  test.for([
    ['no row', at(), 12],
    ['one row', at(7), undefined],
    ['the last row of an array container', range(0, 4096 * 2, 2), 12 + 4 + 8 + 4 + 4 + 8192],
    ['the first bitmap container', range(0, 4097 * 2, 2), 12 + 4 + 8 + 4 + 4 + 8192],
    ['one run', range(10, 60_000), 12 + 4 + 4 + 1 + 4 + 2 + 4],
    ['a full container', range(0, 65536), 12 + 4 + 4 + 1 + 4 + 2 + 4],
    ['runs over five containers', range(100, 5 * 65536), undefined],
    ['mixed forms', at(...range(0, 9000), ...range(70_000, 90_000, 2), ...range(140_000, 300_000, 1000)), undefined],
    ['rows past 2^32', at(5, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 70_000, 2 ** 40 + 1), undefined],
  ] as const)('comes back with %s', ([, positions, size]) => {
    const bytes = encodePositions(positions)
    expect(decodePositions(bytes)).toEqual(positions)
    if (size !== undefined) expect(bytes).toHaveLength(size)
  })

  test('comes back for random rows', () => {
    const seed = seedOfRun()
    const random = seeded(seed)
    for (let round = 0; round < 25; round++) {
      const rows = new Set<number>()
      const spread = random.pick([100, 70_000, 1_000_000, 2 ** 33])
      for (let i = random.integer(20_000); i > 0; i--) {
        const row = Math.floor((random.integer(2 ** 31) / 2 ** 31) * spread)
        const length = random.chance(0.01) ? random.integer(5000) : 1
        for (let j = 0; j < length; j++) rows.add(row + j)
      }
      const positions = Float64Array.from(rows).sort()
      expect(decodePositions(encodePositions(positions)), `SLUICE_SEED=${seed}`).toEqual(positions)
    }
  })

  test('is refused when cut anywhere, and gives no other error for any byte that changes', () => {
    const bytes = encodePositions(at(...range(0, 900), ...range(70_000, 71_000, 7), 2 ** 32 + 1))
    for (let length = 0; length < bytes.length; length++) expect(() => decodePositions(bytes.subarray(0, length))).toThrow(RoaringError)
    for (let index = 0; index < bytes.length; index++) {
      const changed = Uint8Array.from(bytes, (byte, i) => (i === index ? byte ^ 0xff : byte))
      try {
        decodePositions(changed)
      } catch (error) {
        expect(error).toBeInstanceOf(RoaringError)
      }
    }
  })

  test('accepts only rows in ascending order', () => {
    expect(() => encodePositions(at(2, 1))).toThrow(RangeError)
    expect(() => encodePositions(at(1, 1))).toThrow(RangeError)
    expect(() => encodePositions(at(1.5))).toThrow(RangeError)
    expect(() => encodePositions(at(2 ** 32, 1))).toThrow(RangeError)
    expect(() => encodePositions(at(-1))).toThrow(RangeError)
  })
})

describe('deletion vectors', () => {
  let above: string
  let root: string
  beforeAll(() => {
    above = mkdtempSync(join(tmpdir(), 'delta-dv-'))
    root = join(above, 'table')
    mkdirSync(root)
  })
  afterAll(() => {
    rmSync(above, { recursive: true })
  })

  test.for([
    ['of the protocol', 'wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L', 40],
    ['of the other engines', '^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L', 44],
  ] as const)('the inline example %s gives its rows', async ([, pathOrInlineDv, sizeInBytes]) => {
    const vector = { storageType: 'i', pathOrInlineDv, sizeInBytes, cardinality: 6 }
    expect(await readDeletionVector(localStore(root), vector)).toEqual(at(3, 4, 7, 11, 18, 29))
  })

  test('the path examples of the protocol give their paths', () => {
    const facts = { offset: 4, sizeInBytes: 40, cardinality: 6 }
    const file = 'deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin'
    expect(deletionVectorPath({ storageType: 'u', pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^', ...facts })).toBe(`ab/${file}`)
    expect(deletionVectorPath({ storageType: 'p', pathOrInlineDv: 'file:///a%20b/x.bin', ...facts })).toBe('/a b/x.bin')
    for (const pathOrInlineDv of ['../^-aqEH.-t@S}K{vb[*k^', 'short', '"^-aqEH.-t@S}K{vb[*k'])
      expect(() => deletionVectorPath({ storageType: 'u', pathOrInlineDv, ...facts })).toThrow('UUID in Z85')
  })

  test('many vectors go to one file, small ones too, and all are read back', async () => {
    const store = localStore(root)
    const wanted = [range(0, 100_000, 3), at(1, 2, 3), range(5, 1_000_000, 1999), range(0, 200_000)]
    const { vectors, own } = await writeDeletionVectors(
      store,
      wanted.map((positions) => ({ positions })),
    )
    expect(vectors.map((v) => v.storageType)).toEqual(['u', 'u', 'u', 'u'])
    expect(own).toHaveLength(1)
    expect(readdirSync(root)).toEqual(own)
    expect(await Promise.all(vectors.map((vector) => readDeletionVector(store, vector)))).toEqual(wanted)
    const [first] = vectors
    if (first === undefined) throw new Error('no vector')
    const absolute = { ...first, storageType: 'p', pathOrInlineDv: `file://${root}/${own[0]}` }
    expect(await readDeletionVector(localStore(above), absolute)).toEqual(wanted[0])
    mkdirSync(join(root, 'ab'))
    renameSync(join(root, own[0] ?? ''), join(root, 'ab', own[0] ?? ''))
    expect(await readDeletionVector(store, { ...first, pathOrInlineDv: `ab${first.pathOrInlineDv}` })).toEqual(wanted[0])
  })

  test('a missing, cut or changed file, another size, count or version gives a named error', async () => {
    const store = localStore(root)
    const { vectors, own } = await writeDeletionVectors(store, [{ positions: range(0, 10_000, 3) }])
    const [vector] = vectors
    if (vector === undefined) throw new Error('no vector')
    const file = join(root, own[0] ?? '')
    const bytes = readFileSync(file)
    const corrupt = { code: 'file.corrupt' }
    await expect(readDeletionVector(store, { ...vector, cardinality: 1 })).rejects.toMatchObject(corrupt)
    await expect(readDeletionVector(store, { ...vector, sizeInBytes: 2 ** 40 })).rejects.toMatchObject(corrupt)
    await expect(readDeletionVector(store, { ...vector, offset: 9 })).rejects.toMatchObject(corrupt)
    await expect(readDeletionVector(store, { ...vector, storageType: 'x' })).rejects.toMatchObject(corrupt)
    for (const index of [0, 3, 40, bytes.length - 1]) {
      writeFileSync(
        file,
        bytes.map((byte, i) => (i === index ? byte ^ 1 : byte)),
      )
      await expect(readDeletionVector(store, vector)).rejects.toMatchObject(corrupt)
    }
    writeFileSync(file, bytes.subarray(0, -1))
    await expect(readDeletionVector(store, vector)).rejects.toMatchObject(corrupt)
    rmSync(file)
    await expect(readDeletionVector(store, vector)).rejects.toMatchObject({ code: 'file.missing' })
  })
})
