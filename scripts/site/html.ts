import { posix } from 'node:path'

/** Links of the built site that lead nowhere, a sentence each. `files` has what each page holds; other files are named without a text. */
export function deadLinks(files: ReadonlyMap<string, string>): readonly string[] {
  const ids = new Map(
    [...files].map(([file, html]) => [file, new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => unescaped(id)))]),
  )
  return [...files].flatMap(([file, html]) =>
    [...new Set([...html.matchAll(/<a\b[^>]*?\shref="([^"]*)"/g)].map(([, href = '']) => unescaped(href)))].flatMap((href) => {
      if (/^[a-z][a-z\d+.-]*:/i.test(href)) return []
      const [path = '', anchor] = href.split('#')
      const target = targetOf(file, decodeURIComponent(path), files)
      if (target === undefined) return [`${file} links to ${href}, which is not there`]
      if (anchor === undefined || anchor === '' || ids.get(target)?.has(decodeURIComponent(anchor)) === true) return []
      return [`${file} links to ${href}: ${target} has no such id`]
    }),
  )
}

function targetOf(from: string, path: string, files: ReadonlyMap<string, string>): string | undefined {
  if (path === '') return from
  const whole = path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(from), path)
  return [whole, `${whole}.html`, posix.join(whole, 'index.html')].find((each) => files.has(each))
}

const unescaped = (text = ''): string => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
