import { formatDuration } from '@sluice/core'
import type { ExaminedDefinitions } from '@sluice/platform'
import { counted, definitionErrorText } from '@sluice/serve/terminal'

/** What was found in definitions beside the `known` errors of loading them, and how long it took to look. */
export function examinedText({ errors, warnings, left }: ExaminedDefinitions, known: number, tookMs: number): string {
  const more = known === 0 ? '' : 'more '
  const found = errors.length === 0 ? `no ${more}errors` : counted(errors.length, `${more}error`)
  return [
    ...left,
    ...warnings.map((warning) => definitionErrorText(warning, 'warning')),
    ...errors.map((error) => definitionErrorText(error)),
    `types, names, SQL and migrations examined in ${formatDuration(tookMs)}: ${found}`,
  ].join('\n')
}
