import { posix } from 'node:path'
import { replaceLinks } from './links.ts'

/** What the site is made of: a text of the repository, and where it stands on the site. */
export interface Page {
  readonly from: string
  readonly to: string
}

const outside: Readonly<Record<string, string>> = {
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'reporting.md',
}

/** The pages of the site, from the Markdown files of the repository. */
export const pagesOf = (files: readonly string[]): readonly Page[] =>
  files.flatMap((from) => {
    const [, inside] = /^docs\/(.+)\.md$/.exec(from) ?? []
    // `lake.conflict` is `errors/lake-conflict.html`: of `source.html` a server, and VitePress, would take the end for that of a file.
    const to = outside[from] ?? (inside === undefined ? undefined : `${inside.replaceAll('.', '-')}.md`)
    return to === undefined ? [] : [{ from, to }]
  })

/**
 * The text of a page with its links as they are on the site. A folder of pages is the page that lists them; another file of `docs/` goes
 * along.
 * @throws where a link leaves the site
 */
export function pageText({ from, to }: Page, text: string, pages: readonly Page[]): string {
  const places = new Map(pages.map((page) => [page.from, page.to]))
  return replaceLinks(from, text, ({ written, path, anchor }) => {
    const place = places.get(path) ?? listedAs(path, pages) ?? /^docs\/(.+\.(?:json|svg))$/.exec(path)?.[1]
    if (place === undefined) throw new Error(`${from} links to ${written}, which is not on the site`)
    const way = posix.relative(posix.dirname(to), place)
    return `${place.endsWith('.json') ? `/${place}` : way}${anchor === undefined ? '' : `#${anchor}`}`
  })
}

const listedAs = (folder: string, pages: readonly Page[]): string | undefined =>
  pages.some(({ from }) => posix.dirname(from) === folder) ? `${folder.replace(/^docs\//, '')}/index.md` : undefined

/** The title of a page: its first heading. */
export const titleOf = (text: string): string => /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? ''
