import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type SqlNames, sqlText } from '@sluice/author'
import { definitionErrors } from '@sluice/core'

/**
 * The statement in a file beside the one that asks for it: `query: sqlFile(import.meta, 'rollup.sql')`. Its text is that of sql`...`, with
 * names in place of expressions. It is read once, as part of the version of the project.
 * @throws `definition.invalid` for a file that cannot be read
 */
export function sqlFile({ dirname }: Pick<ImportMeta, 'dirname'>, name: string): SqlNames {
  const file = join(dirname, name)
  try {
    return sqlText(`${basename(dirname)}/${name}`, readFileSync(file, 'utf8'))
  } catch (cause) {
    throw definitionErrors.invalid(`${basename(dirname)}/${name} cannot be read: ${(cause as Error).message}`, {
      cause,
      facts: { file: name },
      next: 'Write the file beside the one that names it, or correct the name.',
    })
  }
}
