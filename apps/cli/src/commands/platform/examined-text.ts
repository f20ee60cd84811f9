import { formatDuration } from '@sluice/core'
import type { ExaminedDefinitions } from '@sluice/platform'
import { counted, definitionErrorText } from '@sluice/serve/terminal'

/** What was found in definitions that load, and how long it took to look. */
export function examinedText({ errors, warnings, left }: ExaminedDefinitions, tookMs: number): string {
  const found = errors.length === 0 ? 'no errors' : counted(errors.length, 'error')
  return [
    ...left,
    ...warnings.map((warning) => definitionErrorText(warning, 'warning')),
    ...errors.map((error) => definitionErrorText(error)),
    `types, names, SQL and migrations examined in ${formatDuration(tookMs)}: ${found}`,
  ].join('\n')
}
