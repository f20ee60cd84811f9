import { readFile } from 'node:fs/promises'
import { given, inputErrors } from '@sluice/core'
import type { Line } from '../../endpoint/line.ts'
import type { OptionSpec } from '../../endpoint/spec.ts'
import type { Terminal } from '../../endpoint/terminal.ts'
import { onlyProject } from '../config/project-of.ts'
import { tellDefinitionErrors } from '../pipelines/tell-definition-errors.ts'

/** The options of every command that is about a part of the graph. */
export const selectOptions: readonly OptionSpec[] = [
  {
    flags: '-s, --select <selection...>',
    description: 'which: +silver.sales, silver.sales+1, @name, tag:x, path:models, state:changed+; all unless given',
  },
  { flags: '--exclude <selection...>', description: 'which of these are left out, in the same form' },
  { flags: '--state <file>', description: 'a graph saved by models lineage --json, with which state: compares' },
]

/** What a line asks for, of the project of --project or the only one. What is missing there is told. */
export async function askedBy(terminal: Pick<Terminal, 'project' | 'call' | 'output'>, line: Line) {
  const file = line.text('state')
  const project = await onlyProject(terminal)
  await tellDefinitionErrors(terminal, project)
  return {
    params: { project },
    body: {
      select: [...line.args('selection'), ...line.list('select')],
      exclude: [...line.list('exclude')],
      ...given({ before: file === undefined ? undefined : await savedFingerprints(file) }),
    },
  }
}

async function savedFingerprints(file: string): Promise<Readonly<Record<string, string>>> {
  try {
    const saved = JSON.parse(await readFile(file, 'utf8')) as {
      readonly nodes: readonly { readonly id: string; readonly fingerprint: string }[]
    }
    return Object.fromEntries(saved.nodes.map(({ id, fingerprint }) => [id, fingerprint]))
  } catch (cause) {
    throw inputErrors.invalid(`${file} is not a saved graph: ${(cause as Error).message}`, {
      facts: { file },
      cause,
      next: 'Save one with: sluice models lineage --json > graph.json.',
    })
  }
}
