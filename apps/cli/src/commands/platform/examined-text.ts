import { formatDuration } from '@sluice/core'
import type { ExaminedDefinitions } from '@sluice/platform'
import { counted, definitionErrorText, type ProjectFolders } from '@sluice/serve/terminal'

interface Looked {
  /** How many errors loading them had found. */
  readonly known: number
  readonly tookMs: number
  readonly folders: ProjectFolders
}

/** What was found in definitions beside the errors of loading them, and how long it took to look. */
export function examinedText({ errors, warnings, left }: ExaminedDefinitions, { known, tookMs, folders }: Looked): string {
  const more = known === 0 ? '' : 'more '
  const found = errors.length === 0 ? `no ${more}errors` : counted(errors.length, `${more}error`)
  return [
    ...left,
    ...warnings.map((warning) => definitionErrorText(warning, folders, 'warning')),
    ...errors.map((error) => definitionErrorText(error, folders)),
    `types, names, SQL and migrations examined in ${formatDuration(tookMs)}: ${found}`,
  ].join('\n')
}
