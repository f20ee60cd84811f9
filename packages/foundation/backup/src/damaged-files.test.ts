import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { backupsIn, folderPlace, inTurn, keyForReading, keyForWriting } from './index.ts'

const secret = 'a secret of 20 chars'
const odd = ['', '{', 'null', '[]', '5', '{}']

function placeWith(path: string, text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'backups '))
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), text)
  return folderPlace(folder)
}

test.each(odd)('a lock that holds %j is told with the file to remove', async (text) => {
  const made = inTurn(placeWith('running.json', text), async () => 'made')
  await expect(made).rejects.toMatchObject({ code: 'lock.held', next: expect.stringContaining('running.json') })
})

test.each(odd)('what a place keeps of its key, damaged to %j, is told as that and not as another key', async (text) => {
  const place = placeWith('key.json', text)
  for (const opening of [keyForReading(place, secret, true), keyForWriting(place, secret)])
    await expect(opening).rejects.toMatchObject({ code: 'backup.damaged', message: expect.stringContaining('key.json') })
})

test('encrypted backups that were copied without key.json name the file that lacks', async () => {
  const place = folderPlace(mkdtempSync(join(tmpdir(), 'backups ')))
  await expect(keyForReading(place, secret, true)).rejects.toMatchObject({
    code: 'backup.damaged',
    message: expect.stringContaining('key.json is missing'),
    next: expect.stringContaining('Copy key.json'),
  })
})

test.each([...odd, '{"takenAt":"x"}'])('a manifest damaged to %j is not among the backups', async (text) => {
  expect(await backupsIn(placeWith('warehouse/shop/1/manifest.json', text), 'warehouse/shop')).toEqual([])
})
