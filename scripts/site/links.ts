import { posix } from 'node:path'

/** A link of a Markdown text, outside of its code. */
export interface Link {
  /** As it is written, `../errors.md#lake-conflict`. */
  readonly written: string
  /** What it leads to, from the root of the repository; the file itself where only an anchor is written. */
  readonly path: string
  readonly anchor: string | undefined
}

const fence = /(^```[\s\S]*?^```)/gm
/** Inline code first, so that what looks like a link in it is passed over; a label may hold code. */
const codeOrLink = /`[^`\n]+`|(\[(?:[^\][]|\[[^\]]*\])*\]\()([^)\s]+)\)/g

/** The text with each link that stays in the repository as `replace` has it; code is left alone. */
export const replaceLinks = (file: string, text: string, replace: (link: Link) => string): string =>
  text
    .split(fence)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replaceAll(codeOrLink, (whole, label: string | undefined, written = '') =>
            label === undefined || /^[a-z][a-z\d+.-]*:/i.test(written) ? whole : `${label}${replace(readLink(file, written))})`,
          ),
    )
    .join('')

function readLink(file: string, written: string): Link {
  const [path = '', anchor] = written.split('#')
  return { written, anchor, path: path === '' ? file : posix.join(posix.dirname(file), path).replace(/\/$/, '') }
}

export function linksIn(file: string, text: string): readonly Link[] {
  const found: Link[] = []
  replaceLinks(file, text, (each) => {
    found.push(each)
    return each.written
  })
  return found
}

/** The anchor of a heading, as GitHub makes it; the site is told to do the same. */
export const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')

/** The anchors of a Markdown text: its headings, and what it names itself (`<a id="x">`). */
export function anchorsIn(text: string): ReadonlySet<string> {
  const prose = text.replaceAll(fence, '')
  const times = new Map<string, number>()
  const headings = [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const slug = slugOf(heading)
    const before = times.get(slug) ?? 0
    times.set(slug, before + 1)
    return before === 0 ? slug : `${slug}-${before}`
  })
  return new Set([...headings, ...[...prose.matchAll(/<a id="([^"]+)">/g)].flatMap(([, id]) => id ?? [])])
}

/** Links of Markdown files that lead nowhere, a sentence each. `exists` tells of files and folders that are not Markdown. */
export function linkFaults(texts: ReadonlyMap<string, string>, exists: (path: string) => boolean): readonly string[] {
  const anchors = new Map([...texts].map(([file, text]) => [file, anchorsIn(text)]))
  return [...texts].flatMap(([file, text]) =>
    linksIn(file, text).flatMap(({ written, path, anchor }) => {
      const there = anchors.get(path)
      if (there === undefined) return exists(path) ? [] : [`${file} links to ${written}, which is not there`]
      return anchor === undefined || there.has(anchor) ? [] : [`${file} links to ${written}: ${path} has no such heading`]
    }),
  )
}
