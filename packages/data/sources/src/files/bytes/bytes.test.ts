import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Encoding } from '@sluice/author'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { compressionOf } from './compression.ts'
import { findEncoding } from './encoding.ts'
import { openText } from './text-file.ts'
import { asUtf8 } from './transcode.ts'
import { unpacked } from './unpack.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-bytes-'))
const workFolder = mkdtempSync(join(tmpdir(), 'sluice-work-'))
const { integer, pick } = seeded(seedOfRun())

function fileOf(bytes: Uint8Array) {
  const path = join(folder, 'file')
  writeFileSync(path, bytes)
  return { path, name: 'file', bytes: statSync(path).size }
}

test.each(['gzip', 'zstd'] as const)('a %s bomb ends early, in little memory', async (compression) => {
  const zeros = Buffer.alloc(128 * 2 ** 20)
  const file = fileOf(compression === 'gzip' ? gzipSync(zeros) : zstdCompressSync(zeros))
  let bytes = 0
  const read = async (): Promise<void> => {
    for await (const piece of unpacked(file, compression)) bytes += piece.length
  }
  await expect(read()).rejects.toMatchObject({ code: 'file.limit' })
  expect(bytes).toBeLessThan(64 * 2 ** 20 + 1)
})

test('how much a file may become is a setting', async () => {
  const file = fileOf(gzipSync(Buffer.alloc(1000)))
  const read = async (maxBytes: number): Promise<number> => {
    let bytes = 0
    for await (const piece of unpacked(file, 'gzip', { maxBytes, maxRatio: 1e9 })) bytes += piece.length
    return bytes
  }
  await expect(read(999)).rejects.toMatchObject({ code: 'file.limit', message: expect.stringContaining('more than 999 bytes') })
  expect(await read(1000)).toBe(1000)
})

test('a packed file that is cut anywhere is not taken for whole', async () => {
  const text = Array.from({ length: 200 }, () => integer(1e9)).join('\n')
  for (const pack of [gzipSync, zstdCompressSync]) {
    const whole = pack(text)
    for (let round = 0; round < 20; round++) {
      const file = fileOf(whole.subarray(0, 4 + integer(whole.length - 4)))
      const read = async (): Promise<void> => {
        for await (const _ of unpacked(file, compressionOf(whole)));
      }
      await expect(read()).rejects.toMatchObject({ code: 'file.damaged' })
    }
  }
})

const texts: Readonly<Record<Exclude<Encoding, 'big5'>, (text: string) => Buffer>> = {
  'utf-8': (text) => Buffer.from(text),
  'utf-16le': (text) => Buffer.from(text, 'utf16le'),
  'utf-16be': (text) => Buffer.from(text, 'utf16le').swap16(),
  'iso-8859-1': (text) => Buffer.from(text, 'latin1'),
  'windows-1252': (text) => Buffer.from(text, 'latin1'),
}

test('pieces that cut characters anywhere become the same text', async () => {
  for (const [encoding, encode] of Object.entries(texts)) {
    const letters = encoding.startsWith('utf') ? 'aé€😀中\n' : 'aé\n'
    const text = Array.from({ length: 300 }, () => pick([...letters] as [string, ...string[]])).join('')
    const bytes = encode(text)
    async function* cut(): AsyncGenerator<Buffer> {
      await Promise.resolve()
      for (let at = 0; at < bytes.length; ) {
        const to = at + 1 + integer(5)
        yield bytes.subarray(at, to)
        at = to
      }
    }
    const parts: Buffer[] = []
    for await (const part of asUtf8(cut(), encoding as Encoding)) parts.push(part)
    expect(Buffer.concat(parts).toString(), encoding).toBe(text)
  }
})

test('encodings are told apart by looking', () => {
  const big5 = Buffer.from([0xa4, 0xa4, 0xa4, 0xe5, 0x2c, 0xa7, 0xda, 0xad, 0xcc, 0x0a])
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ['utf-8', Buffer.from('a,b\n1,é\n')],
    ['utf-8', Buffer.from('plain\n')],
    ['utf-16le', Buffer.from('a,b\n中,文\n', 'utf16le')],
    ['utf-16be', Buffer.from('a,b\n中,文\n', 'utf16le').swap16()],
    ['windows-1252', Buffer.from('été; 5 \x80; na\xefve\n', 'latin1')],
    ['iso-8859-1', Buffer.from('été \x81\n', 'latin1')],
    ['windows-1252', Buffer.from('\xc9l\xe8ve,\xe9t\xe9,fa\xe7ade,\xdcber,Stra\xdfe\n', 'latin1')],
    ['big5', big5],
  ]
  for (const [encoding, bytes] of cases) expect(findEncoding([bytes]).encoding, Buffer.from(bytes).toString('latin1')).toBe(encoding)
})

test('a text of UTF-8 is read where it lies, another is written anew and goes with its reader', async () => {
  {
    await using text = await openText(fileOf(Buffer.from('\ufeffé\n')), {}, { workFolder })
    expect([text.path, text.start, text.found]).toEqual([join(folder, 'file'), 3, { compression: 'none', encoding: 'utf-8', mark: true }])
  }
  {
    await using text = await openText(fileOf(gzipSync(Buffer.from('\ufeffé\n', 'utf16le'))), {}, { workFolder })
    expect(readFileSync(text.path, 'utf8')).toBe('é\n')
    expect(text.found).toEqual({ compression: 'gzip', encoding: 'utf-16le', mark: true })
  }
  expect(readdirSync(workFolder)).toEqual([])
})

test('bytes that the encoding has not are seen in the text', async () => {
  await using text = await openText(fileOf(Buffer.from([0x61, 0x81, 0x62])), { encoding: 'windows-1252' }, { workFolder })
  expect([...readFileSync(text.path)]).toEqual([0x61, 0xff, 0x62])
})

test('each byte of an encoding of one byte a character is its character, in whatever company', async () => {
  const every = Array.from({ length: 256 }, (_, byte) => byte)
  const strays = [0x81, 0x8d, 0x8f, 0x90, 0x9d]
  const texts: readonly (readonly [Encoding, (byte: number) => Buffer])[] = [
    ['iso-8859-1', (byte) => Buffer.from(String.fromCharCode(byte))],
    [
      'windows-1252',
      (byte) => (strays.includes(byte) ? Buffer.of(0xff) : Buffer.from(new TextDecoder('windows-1252').decode(Uint8Array.of(byte)))),
    ],
  ]
  for (const [encoding, character] of texts) {
    const bytes = [...every, ...Array.from({ length: 1_000 }, () => pick([integer(128), integer(256)]))]
    const parts: Buffer[] = []
    for await (const piece of asUtf8(piecesOf(Buffer.from(bytes)), encoding)) parts.push(piece)
    expect(Buffer.concat(parts).equals(Buffer.concat(bytes.map(character))), encoding).toBe(true)
  }
})

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve()
  for (let at = 0, size = 0; at < bytes.length; at += size) {
    size = 1 + integer(100)
    yield bytes.subarray(at, at + size)
  }
}

/** A program that nobody here wrote, where the machine has it. */
const hasBzip2 = ((): boolean => {
  try {
    execFileSync('bzip2', ['--help'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

test.skipIf(!hasBzip2)(`what bzip2 packs is unpacked${hasBzip2 ? '' : ' (skipped: this machine has no bzip2)'}`, async () => {
  for (const content of [
    Buffer.alloc(0),
    Buffer.from('a'.repeat(1000)),
    Buffer.from(Array.from({ length: 300_000 }, () => integer(256))),
    Buffer.from('abcabc'.repeat(200_000)),
  ]) {
    const file = fileOf(execFileSync('bzip2', ['-c', pick(['-1', '-9'])], { input: content, maxBuffer: 2 ** 26 }))
    const parts: Buffer[] = []
    for await (const piece of unpacked(file, 'bzip2')) parts.push(piece)
    expect(Buffer.concat(parts).equals(content)).toBe(true)
  }
})
