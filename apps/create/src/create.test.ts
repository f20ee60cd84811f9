import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const bin = fileURLToPath(import.meta.resolve('../bin/create-sluice.js'))

let place: string
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'create sluice ')))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const create = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: place, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('a folder gets a project of its name, a repository, and says what to type next', () => {
  const { status, stdout } = create('My Shop', '--template', 'files', '--skip-install', '--sluice', 'file:/packed/sluice.tgz')
  expect(status).toBe(0)
  expect(stdout).toContain("  cd 'My Shop'\n")
  expect(stdout).toContain('npx sluice demo --once')
  const manifest = JSON.parse(readFileSync(join(place, 'My Shop/package.json'), 'utf8'))
  expect(manifest).toMatchObject({ name: 'my-shop', type: 'module', dependencies: { sluice: 'file:/packed/sluice.tgz' } })
  expect(readFileSync(join(place, 'My Shop/sluice.config.ts'), 'utf8')).toContain("name: 'my-shop'")
  expect(existsSync(join(place, 'My Shop/fixtures/inbox/orders-2026-11-19.csv'))).toBe(true)
  expect(existsSync(join(place, 'My Shop/.git'))).toBe(true)
})

test('without a terminal nothing is asked: the folder is my-platform, the template blank, and --json is the result', () => {
  const { status, stdout } = create('--skip-install', '--skip-git', '--json')
  expect(status).toBe(0)
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ folder: 'my-platform', name: 'my-platform', template: 'blank', installed: false })
  expect(result.files).toContain('pipelines/greetings.test.ts')
  expect(existsSync(join(place, 'my-platform/.git'))).toBe(false)
})

test('a folder that is in use is refused by name, and nothing is written', () => {
  mkdirSync(join(place, 'shop'))
  writeFileSync(join(place, 'shop/notes.txt'), 'mine')
  const { status, stderr } = create('shop', '--skip-install')
  expect(status).toBe(1)
  expect(stderr).toBe(
    'error: the folder shop is not empty: notes.txt\nnext   Choose another folder. In one that has code already, type there: npx sluice init.\n',
  )
  expect(readdirSync(join(place, 'shop'))).toEqual(['notes.txt'])
  expect(create('shop/notes.txt')).toMatchObject({ status: 1, stderr: expect.stringContaining('notes.txt is a file, not a folder') })
})

test('what the system refuses is told without a next step that nobody knows', () => {
  const { status, stderr } = create('a'.repeat(300), '--name', 'shop', '--skip-install')
  expect(status).toBe(1)
  expect(stderr).toContain('ENAMETOOLONG')
  expect(stderr).not.toContain('undefined')
})

test('a line that is wrong ends with 2 and says why, as JSON where it is wanted', () => {
  expect(create('--template', 'empty')).toMatchObject({ status: 2, stderr: expect.stringContaining('there are blank, api, files') })
  const { status, stderr } = create('a', 'b', '--json')
  expect(status).toBe(2)
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'request.invalid', message: expect.stringContaining('"b" is a second') } })
  expect(create('--name', 'Shop')).toMatchObject({ status: 1, stderr: expect.stringContaining('lower-case letters') })
  expect(readdirSync(place)).toEqual([])
})

test('in a terminal npm is heard: how many answers came so far, and what it says beside them', () => {
  const npm = join(place, 'npm.js')
  writeFileSync(
    npm,
    "process.stderr.write('npm http fetch GET 200 a 1ms\\nnpm http cache b 1ms\\nnpm warn something\\n' + process.argv.slice(2).join(' ') + '\\n')\n",
  )
  const typed = [process.execPath, bin, 'shop', '--template', 'blank', '--name', 'shop'].map((word) => `'${word}'`).join(' ')
  const env = { ...process.env, npm_execpath: npm, TERM: 'xterm' }
  const { status, stdout } = spawnSync('script', ['-qefc', typed, '/dev/null'], { cwd: place, env, encoding: 'utf8' })
  expect([status, stdout]).toEqual([0, expect.stringMatching(/npm install: 2 answers of the registry, \d+ s/)])
  expect(stdout).toContain('npm warn something')
  expect(stdout).not.toContain('npm http')
})
