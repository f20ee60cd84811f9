import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const corpus = join(import.meta.dirname, '../../corpus')

test('each case that the list of sentences names is there', () => {
  const named = [...readFileSync(join(corpus, 'README.md'), 'utf8').matchAll(/`([a-z]+\/[^`]+)`/g)].map(([, path]) => path ?? '')
  expect(named.length).toBeGreaterThan(80)
  expect(named.filter((path) => !existsSync(join(corpus, path)) || !existsSync(join(corpus, `${path}.expected.json`)))).toEqual([])
})
