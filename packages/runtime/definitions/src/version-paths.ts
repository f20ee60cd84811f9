import { basename, dirname, sep } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Files of one project, whichever of its versions they lie in. */
export interface VersionPaths {
  /** Of a file in any version: its path relative to the project, with `/`; `null` for other files. */
  pathOf(file: string): string | null
  /** A text in which files of other versions are named as those of this one. */
  here(text: string): string
}

/** @param versionDir `.../versions/<version>/<folder>` */
export function versionPaths(versionDir: string): VersionPaths {
  const versions = dirname(dirname(versionDir)) + sep
  const folder = sep + basename(versionDir) + sep
  const pathOf = (file: string): string | null => {
    if (!file.startsWith(versions)) return null
    const rest = file.slice(versions.length)
    const at = rest.indexOf(sep)
    return versionName.test(rest.slice(0, at)) && rest.startsWith(folder, at) ? rest.slice(at + folder.length).replaceAll(sep, '/') : null
  }
  const own = dirname(versionDir)
  // In messages as paths, in stacks as addresses.
  const others = [
    [new RegExp(`${RegExp.escape(versions)}[0-9a-f]{16}(?=${RegExp.escape(folder)})`, 'g'), own] as const,
    [new RegExp(`${RegExp.escape(addressOf(versions))}[0-9a-f]{16}(?=/)`, 'g'), addressOf(own)] as const,
  ]
  return { pathOf, here: (text) => others.reduce((all, [other, here]) => all.replace(other, () => here), text) }
}

const addressOf = (path: string): string => pathToFileURL(path).href

const versionName = /^[0-9a-f]{16}$/
