import type { PlannedPull } from '@sluice/platform'
import { bytes, count, moment, table } from '@sluice/serve/terminal'

/** What a pull would do, as text. */
export function plannedPull(source: string, { folder, counts, files, refused }: PlannedPull): string {
  const parts = (['new', 'changed', 'redeclared', 'asked', 'moved', 'unchanged', 'waiting', 'vanished'] as const).flatMap((each) =>
    counts[each] === 0 ? [] : [`${count(counts[each])} ${each}`],
  )
  return [
    `${folder}: ${count(counts.found)} files of ${source}${parts.length === 0 ? '' : `, ${parts.join(', ')}`}`,
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
    ...(refused === null ? [] : [`the pull would be refused: ${refused}`]),
    'Nothing was written.',
  ].join('\n\n')
}
