import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const packageFolder = join(import.meta.dirname, '..')
const repository = join(packageFolder, '../../..')

/**
 * A copy of the package at its place in the workspace, because packing rewrites the manifest for a moment, and an empty folder of a user.
 */
let scratch: string
let copy: string
let user: string
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'delta-pack-'))
  copy = join(scratch, 'workspace/packages/foundation/delta')
  user = join(scratch, 'an empty folder')
  mkdirSync(user)
  cpSync(packageFolder, copy, { recursive: true, filter: (path) => !path.includes('node_modules') })
  for (const file of ['LICENSE', 'tsconfig.json']) cpSync(join(repository, file), join(scratch, 'workspace', file))
  symlinkSync(join(repository, 'node_modules'), join(scratch, 'workspace/node_modules'))
})
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true })
})

const run = (command: string, args: readonly string[], cwd: string) => execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' })

/** The examples of the README, as a user copies them. */
const examples = [...readFileSync(join(packageFolder, 'README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)

test('the packed package installs in an empty folder, runs the examples of its README, and its types hold in a strict project', () => {
  const manifest = readFileSync(join(copy, 'package.json'), 'utf8')
  const packed = run('npm', ['pack', '--silent', '--pack-destination', scratch], copy).trim().split('\n').at(-1) ?? ''
  expect(readFileSync(join(copy, 'package.json'), 'utf8')).toBe(manifest)
  expect(readdirSync(copy)).not.toContain('dist')

  writeFileSync(join(user, 'package.json'), '{ "name": "user", "version": "1.0.0", "type": "module" }')
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', join(scratch, packed)], user)
  expect(readdirSync(join(user, 'node_modules/@sluice/delta')).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json'])
  expect(readdirSync(join(user, 'node_modules/@sluice'))).toEqual(['delta'])

  const { exports } = JSON.parse(readFileSync(join(user, 'node_modules/@sluice/delta/package.json'), 'utf8')) as { exports: object }
  expect(Object.keys(exports)).toEqual(['.', './arrow', './gcs', './s3'])

  for (const [index, code] of examples.entries()) writeFileSync(join(user, `example-${index}.ts`), code)
  // Without apache-arrow, which only the part for Arrow needs.
  expect(readdirSync(join(user, 'node_modules'))).not.toContain('apache-arrow')
  expect(run('node', ['example-0.ts'], user)).toContain("[ { coin: 'eth', price: '3200.000000000000000000', n: '1' } ]")
  symlinkSync(join(repository, 'node_modules/apache-arrow'), join(user, 'node_modules/apache-arrow'))
  expect(run('node', ['example-2.ts'], user)).toContain('7.25')
  const strict = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--exactOptionalPropertyTypes']
  const types = ['--typeRoots', join(repository, 'node_modules/@types'), '--types', 'node']
  run('tsc', [...examples.map((_, index) => `example-${index}.ts`), ...strict, ...types], user)
  for (const store of ['s3', 'gcs']) run('node', ['--input-type=module', '-e', `import '@sluice/delta/${store}'`], user)
})
