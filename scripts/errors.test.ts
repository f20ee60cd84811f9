import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { errorPage, pageFaults, pageTexts, readErrors } from './errors.ts'
import { root } from './workspace.ts'

const errors = await readErrors()

test('each error has a page that says why it comes and what to do, and no page is of an error that is gone', () => {
  for (const { error, is, shouldBe } of pageTexts(errors)) expect(is, `${error.code}: npm run docs:errors`).toBe(shouldBe)
  expect(errors.flatMap(({ code, page }) => pageFaults(code, readFileSync(join(root, page), 'utf8')))).toEqual([])
  const pages = globSync('docs/errors/*.md', { cwd: root }).map((page) => page.replaceAll('\\', '/'))
  expect(pages.sort()).toEqual(errors.map(({ page }) => page).sort())
})

test('a page that nobody wrote is found', () => {
  const [error] = errors
  if (error === undefined) throw new Error('there are errors')
  expect(pageFaults(error.code, errorPage(error, ''))).toEqual([
    `${error.code}: nobody wrote "Why"`,
    `${error.code}: nobody wrote "What to do"`,
  ])
})
