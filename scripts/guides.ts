/** Guides, and the page of the architecture, quote files: between `<!-- file: PATH -->` and the end of the code block below it stands that file. `--write` renews them. */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './workspace.ts'

export const guides = (): readonly string[] => globSync(['docs/guide/*.md', 'docs/architecture.md'], { cwd: root })

const marker = /<!-- file: (\S+) -->\n(?:\n?```\w*\n[\s\S]*?\n```\n)?/g

/** The guide with every quoted file as it is now. @throws when a file does not exist. */
export function withSnippets(guide: string, read = (path: string): string => readFileSync(join(root, path), 'utf8')): string {
  return guide.replaceAll(
    marker,
    (_, path: string) => `<!-- file: ${path} -->\n\`\`\`${path.split('.').at(-1)}\n${read(path).trimEnd()}\n\`\`\`\n`,
  )
}

if (import.meta.main && process.argv.includes('--write')) {
  for (const path of guides()) writeFileSync(join(root, path), withSnippets(readFileSync(join(root, path), 'utf8')))
}
