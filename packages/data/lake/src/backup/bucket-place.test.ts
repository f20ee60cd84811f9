import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BackupPlace, folderPlace } from '@sluice/backup'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { memoryBucket } from '@sluice/delta'
import { openS3Bucket } from '@sluice/delta/s3'
import { credentials, isThere, type Server, startVersitygw, versitygw } from '@sluice/delta/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bucketPlace } from './bucket-place.ts'

const scratch = mkdtempSync(join(tmpdir(), 'scratch '))
const hasS3 = await isThere(versitygw, 5)
let server: Server | undefined
beforeAll(async () => {
  if (hasS3) server = await startVersitygw()
})
afterAll(() => server?.stop())

const random = seeded(seedOfRun())
const places: readonly (readonly [string, () => BackupPlace])[] = [
  ['a folder', () => folderPlace(mkdtempSync(join(tmpdir(), 'place ')))],
  ['a bucket in memory', () => bucketPlace(memoryBucket(), '/some/where/', scratch)],
  ['a whole bucket in memory', () => bucketPlace(memoryBucket(), '', scratch)],
]
const onS3 = [
  'S3 (versitygw)',
  () => bucketPlace(openS3Bucket({ endpoint: server?.endpoint ?? '', bucket: server?.bucket ?? '', credentials }), randomUUID(), scratch),
] as const

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 300_000) yield bytes.subarray(at, at + 300_000)
}
const contents = async (place: BackupPlace, path: string): Promise<Buffer> => Buffer.concat(await Array.fromAsync(place.read(path)))

describe.each(hasS3 ? [...places, onS3] : places)('%s as a place of backups', (_, open) => {
  test('files come back byte for byte, of any size, and over those of the same name', async () => {
    const place = open()
    // The second is as long as the parts in which a bucket is read, the third longer than one.
    for (const size of [0, 8 << 20, (8 << 20) + 1 + random.integer(1_000_000), 7]) {
      const bytes = Buffer.from(random.bytes(size))
      await place.write('of/one/file.bin', chunks(bytes))
      expect((await contents(place, 'of/one/file.bin')).equals(bytes), `${size} bytes`).toBe(true)
      expect(await place.size('of/one/file.bin')).toBe(size)
    }
    expect(readdirSync(scratch)).toEqual([])
  })

  test('of several that create a file one has created it', async () => {
    const place = open()
    const made = await Promise.all(Array.from({ length: 8 }, (_, n) => place.create('running.json', `by ${n}`)))
    expect(made.filter((each) => each)).toHaveLength(1)
    expect(await place.text('running.json')).toBe(`by ${made.indexOf(true)}`)
    expect(await place.create('running.json', 'later')).toBe(false)
  })

  test('a write that breaks off leaves what was there', async () => {
    const place = open()
    await place.write('a', chunks(Buffer.from('whole')))
    const broken = (async function* () {
      yield Buffer.from('hal')
      throw new Error('the source has ended')
    })()
    await expect(place.write('a', broken)).rejects.toThrow('the source has ended')
    expect(await place.text('a')).toBe('whole')
    expect(readdirSync(scratch)).toEqual([])
  })

  test('what is directly below a folder is listed, and a folder goes with all in it and nothing beside it', async () => {
    const place = open()
    for (const path of ['p/1/manifest.json', 'p/1/deep/er/x', 'p/10/manifest.json', 'p/file', 'other'])
      await place.write(path, chunks(Buffer.from(path)))
    expect(await place.list('')).toEqual(['other', 'p/'])
    expect(await place.list('p')).toEqual(['1/', '10/', 'file'])
    await place.remove('p/1/')
    expect(await place.list('p')).toEqual(['10/', 'file'])
    await place.remove('p/file')
    await place.remove('p/none')
    expect(await place.list('p')).toEqual(['10/'])
    expect(await place.list('nowhere')).toEqual([])
  })

  test('what is missing is undefined, and to read it is an error that names it', async () => {
    const place = open()
    expect([await place.text('none'), await place.size('none')]).toEqual([undefined, undefined])
    await expect(contents(place, 'none')).rejects.toMatchObject({ code: 'backup.damaged', message: expect.stringContaining('none') })
  })
})
