import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localFolder } from '@sluice/sources/folder'
import { afterAll, expect, test } from 'vitest'
import { endOf } from './file-end.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice end '))
afterAll(() => rmSync(root, { recursive: true, force: true }))
writeFileSync(join(root, 'a.csv'), 'n\n1\n')
const folder = localFolder(root)
const listed = await folder.look('a.csv')
if (listed === undefined) throw new Error('no file')

const ofSystem = (code: string, syscall: string): Error => Object.assign(new Error(`${code}: it failed, ${syscall}`), { code, syscall })

test('a disk that fails within a file is the fault of that file, unless the file is another one by then', async () => {
  const broken = ofSystem('EIO', 'read')
  expect(await endOf(listed, broken, folder)).toMatchObject({
    error: { code: 'file.unreadable', message: expect.stringContaining('a.csv') },
  })
  expect(await endOf({ ...listed, mark: 'another' }, broken, folder)).toMatchObject({ left: 'it was written to while it was read' })
  expect(await endOf({ ...listed, path: 'b.csv' }, broken, folder)).toMatchObject({ left: 'it is not there any more' })
})

test.each([
  ['EIO', 'write'],
  ['ENOSPC', 'write'],
  ['ECONNRESET', 'read'],
])('%s of %s is not the fault of a file', async (code, syscall) => {
  const thrown = ofSystem(code, syscall)
  await expect(endOf(listed, thrown, folder)).rejects.toBe(thrown)
})
