import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../workspace.ts'
import { generated, generateTemplates } from './generate.ts'

test('a template that changed without its packed text is found', () => {
  expect(readFileSync(join(root, generated), 'utf8').replace('only {releases}', 'just {releases}')).not.toBe(generateTemplates())
})

test('what is packed of the templates is what stands in templates/', () => {
  expect(readFileSync(join(root, generated), 'utf8'), 'run: npm run templates').toBe(generateTemplates())
})
