import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

/** What the modules of a file import when they are loaded, types left out: files of this package are followed, packages are named. */
function loadedBy(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const [, what = '', from = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (type )?[^'"]*from '([^']+)'/gm)) {
    if (what !== '') continue
    if (from.startsWith('.')) loadedBy(join(dirname(file), from), seen)
    else seen.add(from)
  }
  return seen
}

test('a worker process, which loads this capability whatever it runs, loads no module of weight with it', () => {
  const loaded = [...loadedBy(join(import.meta.dirname, 'index.ts'))]
  expect(loaded.filter((each) => each.startsWith('/') && !existsSync(each))).toEqual([])
  expect(loaded.some((each) => each.endsWith('/http/tokens.ts'))).toBe(true)
  const packages = loaded.filter((each) => !each.startsWith('/') && !each.startsWith('node:') && !each.startsWith('@sluice/'))
  expect(packages).toEqual([])
})
