/**
 * The README and the guides quote files: between `<!-- file: PATH -->` and the end of the code block below it stands that file, or with
 * `PATH#name` the export of that name. `<!-- lines: PATHS -->` is followed by how many lines those files have. `--write` renews them.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './workspace.ts'

export const guides = (): readonly string[] => ['README.md', 'docs/architecture.md', ...globSync('docs/guide/*.md', { cwd: root })]

const quoted = /<!-- file: ([^#\s]+)(?:#(\w+))? -->\n(?:\n?```\w*\n[\s\S]*?\n```\n)?/g
const counted = /<!-- lines: (.+?) -->\d*/g

const fileAt = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The guide with every quoted file as it is now. @throws when a file or an export does not exist. */
export const withSnippets = (guide: string, read = fileAt): string =>
  guide
    .replaceAll(quoted, (marker: string, path: string, name: string | undefined) => {
      const text = name === undefined ? read(path) : exportIn(read(path), name, path)
      return `${marker.split('\n')[0]}\n\`\`\`${path.split('.').at(-1)}\n${text.trimEnd()}\n\`\`\`\n`
    })
    .replaceAll(counted, (marker: string, paths: string) => `${marker.replace(/\d*$/, '')}${linesOf(paths.split(' '), read)}`)

const linesOf = (paths: readonly string[], read: (path: string) => string): number =>
  paths
    .flatMap((path) => globSync(path, { cwd: root }))
    .filter((path) => !path.endsWith('.test.ts'))
    .reduce((sum, path) => sum + read(path).split('\n').length - 1, 0)

/**
 * The statement that exports the name, with the comment right above it: up to a line at the margin that an empty line or the end follows.
 */
function exportIn(text: string, name: string, path: string): string {
  const lines = text.split('\n')
  const at = lines.findIndex((line) => new RegExp(`^export (?:const|function) ${name}\\b`).test(line))
  if (at === -1) throw new Error(`${path} exports no ${name}`)
  const above = lines.slice(0, at).findLastIndex((line) => !/^(\/\*\*| \*|\/\/)/.test(line))
  const end = lines.findIndex((line, index) => index >= at && /^\S/.test(line) && !/[{([=,]$/.test(line))
  return lines.slice(above + 1, end + 1).join('\n')
}

if (import.meta.main && process.argv.includes('--write')) {
  for (const path of guides()) writeFileSync(join(root, path), withSnippets(fileAt(path)))
}
