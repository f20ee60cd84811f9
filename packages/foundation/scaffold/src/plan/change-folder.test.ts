import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { changeFolder } from './change-folder.ts'

test('a path that needs no quotes has none', () => {
  expect(['shop', '../my-shop', '/srv/data'].map((folder) => changeFolder(folder))).toEqual(['cd shop', 'cd ../my-shop', 'cd /srv/data'])
  expect(changeFolder('My Shop', 'win32')).toBe('cd "My Shop"')
})

test.each(['My Shop', "Ada's shop", '$HOME', '`id`', '"quoted"', '-shop', 'a;b', '~shop', 'shop*'])('a shell finds %s', (name) => {
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'change-folder-')))
  mkdirSync(join(place, name))
  const found = execFileSync('/bin/sh', ['-c', `${changeFolder(name, 'linux')} && pwd`], { cwd: place, encoding: 'utf8' })
  expect(found).toBe(`${join(place, name)}\n`)
})
