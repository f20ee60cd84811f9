import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { inTurn } from '../../endpoint/in-turn.ts'
import { table } from '../../format/table.ts'
import { bytes, count, counted, moment } from '../../format/words.ts'
import { plannedSource } from '../../schemas/sources.ts'
import type { PlannedSource } from '../../services.ts'
import { ofSource, projectOfSource, sourceOf } from './of-source.ts'

export const planSource = endpoint({
  name: 'sources.plan',
  method: 'post',
  path: '/sources/{source}/plan',
  // It only reads, but it asks others, with the secrets of the project.
  right: 'editor',
  scope: projectOfSource,
  audit: 'query',
  summary: 'What a pull of a source would read now, and why; nothing is written',
  ...ofSource,
  body: z.object({ files: z.array(z.string()).default([]).describe('files that are asked for, by their paths below the folder') }),
  answer: plannedSource,
  handle: async (services, { params, query, body: { files }, caller, signal }) => {
    const source = await sourceOf(services, { params, query })
    return await inTurn(services.turns, { caller, signal }, () => services.sources.plan(source, { files, signal }))
  },
})

const sorts = ['new', 'changed', 'redeclared', 'asked', 'moved', 'unchanged', 'waiting', 'vanished']

/** What a pull would do, as text. */
export function plannedText({ source, folder, counts, files, refused, ...asked }: PlannedSource): string {
  const last = [...(refused === null ? [] : [`the pull would be refused: ${refused}`]), 'Nothing was written.']
  if (folder === null || counts === null) return [askedText({ source, ...asked }), ...last].join('\n\n')
  const parts = sorts.flatMap((each) => ((counts[each] ?? 0) === 0 ? [] : [`${count(counts[each] ?? 0)} ${each}`]))
  return [
    `${folder}: ${counted(counts.found, 'file')} of ${source}${parts.length === 0 ? '' : `, ${parts.join(', ')}`}`,
    table(
      files,
      [
        { title: 'file', of: ({ file }) => file },
        { title: 'is', of: ({ is }) => is },
        { title: 'size', of: (file) => bytes(file.bytes) },
        { title: 'modified', of: ({ modified }) => moment(modified) },
        { title: 'deed', of: ({ deed }) => deed },
      ],
      `nothing of ${source} is new`,
    ),
    ...last,
  ].join('\n\n')
}

const askedText = ({
  source,
  asked,
  since,
  rows,
  more,
  drift,
  told,
}: Omit<PlannedSource, 'folder' | 'counts' | 'files' | 'refused' | 'project' | 'kind' | 'dataset'>) =>
  [
    `${source}: ${asked}`,
    since === null ? 'from its beginning on' : `from ${since} on`,
    `${counted(rows ?? 0, 'row')} looked at${more ? '; a pull goes on behind them' : ', which are all there are'}`,
    ...[...drift, ...told].map((each) => `note: ${each}`),
  ].join('\n')
