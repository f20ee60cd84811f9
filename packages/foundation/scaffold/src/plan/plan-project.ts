import { requestErrors } from '@sluice/core'
import { planManifest } from './manifest.ts'
import { filesOf, type TemplateName } from './templates.ts'

/** What lies in the folder where a project is to be. */
export interface FolderNow {
  /** Names that stand in it, folders with a `/`. */
  readonly names: readonly string[]
  /** Whether there is JavaScript or TypeScript, packages left out. */
  readonly hasCode: boolean
  /** The text of a file, by its path; `undefined` where there is none. */
  read(path: string): string | undefined
}

export interface ProjectPlan {
  readonly name: string
  readonly template: TemplateName
  /** Files that are not there yet. */
  readonly writes: readonly { readonly path: string; readonly text: string }[]
  /** Files that get more: each with what stands in it now, so that one that has changed meanwhile is not overwritten. */
  readonly extends: readonly { readonly path: string; readonly before: string; readonly text: string; readonly added: readonly string[] }[]
  /** Files that stay as they are, in the place of those of the template. */
  readonly keeps: readonly string[]
}

/**
 * A new project has a folder to itself. What git or an editor has put there does not count: in a work tree `.git` is a file.
 * @throws `request.invalid`
 */
export function refuseUsedFolder(shown: string, { names }: FolderNow): void {
  const used = names.filter((name) => !['.git/', '.git', '.DS_Store', '.idea/', '.vscode/'].includes(name))
  if (used.length === 0) return
  const listed = used.length > 4 ? `${used.slice(0, 4).join(', ')} and ${used.length - 4} more` : used.join(', ')
  throw requestErrors.invalid(`the folder ${shown} is not empty: ${listed}`, {
    facts: { folder: shown, names: used },
    next: 'Choose another folder. In one that has code already, type there: npx sluice init.',
  })
}

/**
 * Decides what is written into a folder. Nothing that is there is changed: files of the project must be new, `package.json`, `.gitignore`
 * and `.env.example` get what is missing, the others stay.
 * @throws `request.invalid` where a file of the project is there already
 */
export function planProject(options: {
  readonly name: string
  readonly template: TemplateName
  /** The version, range or file of `sluice` to depend on. */
  readonly sluice: string
  readonly folder: FolderNow
}): ProjectPlan {
  const { name, template, sluice, folder } = options
  const { own, around } = filesOf(template, name)
  const there = Object.keys(own).filter((path) => folder.read(path) !== undefined)
  if (there.length > 0) throw usedPaths(there)
  const manifest = folder.read('package.json')
  const { text: manifestText, added } = planManifest(name, sluice, manifest, folder.hasCode)
  const { scripts } = JSON.parse(manifestText) as { readonly scripts: Readonly<Record<string, string>> }
  const worded = Object.entries({ ...around, ...own }).map(([path, text]) => [
    path,
    path.endsWith('.md') ? withScripts(text, scripts) : text,
  ])
  const all: Readonly<Record<string, string>> = { 'package.json': manifestText, ...Object.fromEntries(worded) }
  const planned = Object.entries(all).map(([path, text]) => ({ path, text, before: folder.read(path) }))
  const grown = planned.flatMap(({ path, text, before }) => {
    if (before === undefined) return []
    if (path === 'package.json') return added.length === 0 ? [] : [{ path, before, text, added }]
    return path === '.gitignore' || path === '.env.example' ? withMissingLines(path, before, text) : []
  })
  return {
    name,
    template,
    writes: planned.flatMap(({ path, text, before }) => (before === undefined ? [{ path, text }] : [])),
    extends: grown,
    keeps: planned.flatMap(({ path, before }) => (before === undefined || grown.some((each) => each.path === path) ? [] : [path])),
  }
}

/** Where `test` is a script of the folder's own, ours has another name: a page that said `npm test` would run theirs. */
const withScripts = (text: string, scripts: Readonly<Record<string, string>>): string =>
  text.replaceAll(/`npm (?:run )?(test|start|dev)`/g, (said, name: string) =>
    scripts[`sluice:${name}`] === undefined ? said : `\`npm run sluice:${name}\``,
  )

function withMissingLines(path: string, before: string, text: string): ProjectPlan['extends'] {
  const known = new Set(before.split(/\r?\n/).map((line) => line.trim()))
  const added = text.split('\n').filter((line) => line !== '' && !known.has(line))
  if (added.length === 0) return []
  const end = before === '' || before.endsWith('\n') ? '' : '\n'
  return [{ path, before, text: `${before}${end}${added.join('\n')}\n`, added }]
}

const usedPaths = (paths: readonly string[]) =>
  paths.includes('sluice.config.ts')
    ? requestErrors.invalid('there is a sluice.config.ts in this folder', {
        facts: { paths },
        next: 'It is a project or a platform already: npx sluice validate looks at it. Or make another in a folder of its own: npx sluice init FOLDER.',
      })
    : requestErrors.invalid(`the project would overwrite ${paths.join(', ')}`, {
        facts: { paths },
        next: 'Take another template (--template), or make the project in a folder of its own: npx sluice init FOLDER.',
      })
