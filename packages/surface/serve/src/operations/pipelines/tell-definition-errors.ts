import { given } from '@sluice/core'
import type { Terminal } from '../../endpoint/terminal.ts'
import { counted } from '../../format/words.ts'
import { listDefinitionErrors } from './errors.ts'

/** What a file that does not load declares is missing in each list: whoever reads one is told. */
export async function tellDefinitionErrors(
  { call, output }: Pick<Terminal, 'call' | 'output'>,
  project: string | undefined,
): Promise<void> {
  const { items } = await call(listDefinitionErrors, { query: given({ project }) })
  if (items.length > 0) output.note(`${counted(items.length, 'definition error')}: see "sluice pipelines errors"`)
}
