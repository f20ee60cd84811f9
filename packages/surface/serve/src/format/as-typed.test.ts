import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { asTyped } from './as-typed.ts'

const advice = 'Run "sluice start", or npx sluice dev; see sluice.config.ts, my-sluice runs, and what sluice does.'

async function withProgram(...folder: readonly string[]): Promise<string> {
  const dir = join(await mkdtemp(join(tmpdir(), 'sluice-path-')), ...folder)
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'sluice'), '#!/bin/sh\n')
  await chmod(join(dir, 'sluice'), 0o755)
  return dir
}

test('where the shell finds no sluice, each command of an advice is one for npx, and nothing else changes', async () => {
  const npx = advice.replace('"sluice start"', '"npx sluice start"')
  const ofPackage = await withProgram('node_modules', '.bin')
  const empty = await mkdtemp(join(tmpdir(), 'sluice-path-'))
  expect([asTyped(advice, ''), asTyped(advice, [ofPackage, empty].join(delimiter))]).toEqual([npx, npx])
})

test('where the shell finds it, the advice stays as it is', async () => {
  expect(asTyped(advice, [await withProgram('node_modules', '.bin'), await withProgram('bin')].join(delimiter))).toBe(advice)
})
