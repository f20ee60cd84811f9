import type { FileSource } from '@sluice/author'
import { given, SluiceError } from '@sluice/core'
import { fileErrors } from '@sluice/sources'

/** A file that was not taken. */
export interface NotTaken {
  readonly path: string
  readonly error: SluiceError
}

/** Names that stand for all of a reason. */
const mostNames = 3
const mostReasons = 20

/**
 * What is wrong with files, in one error: of one as it is; of several each reason once, with how many have it and the names of the first.
 * Where one of the faults may pass, trying again may take its file. Pure.
 */
export function refusalOf(from: Pick<FileSource, 'name'>, refused: readonly NotTaken[], of: number): SluiceError | undefined {
  const [first] = refused
  if (first === undefined || refused.length === 1) return first?.error
  const reasons = [...Map.groupBy(refused, reasonOf)].map(([reason, all]) => ({ reason, all }))
  const shown = reasons.slice(0, mostReasons).map(({ reason, all }) => `${namesOf(all)}: ${reason}`)
  const more = reasons.length - shown.length
  const told = fileErrors.not_taken(
    `${refused.length} of ${of} files of ${from.name} were not taken: ${[...shown, ...(more > 0 ? [`and ${more} more reasons`] : [])].join('; ')}`,
    {
      facts: {
        source: from.name,
        reasons: reasons.slice(0, mostReasons).map(({ reason, all }) => ({
          code: all[0]?.error.code ?? '',
          reason,
          count: all.length,
          files: all.slice(0, mostReasons).map(({ path }) => path),
        })),
      },
      next: `Put the files or the declaration right, and clear the task: what was taken stays. ${first.error.next ?? ''}`.trim(),
    },
  )
  const passing = refused.find(({ error }) => error.kind === 'retryable')?.error
  if (passing === undefined) return told
  const { message, facts, code } = told
  return new SluiceError({ code, kind: passing.kind, status: passing.status }, message, { facts, ...given({ next: passing.next }) })
}

/** The message without the file that it begins with. */
const reasonOf = ({ path, error }: NotTaken): string =>
  error.message.startsWith(`${path}: `) ? error.message.slice(path.length + 2) : error.message

function namesOf(all: readonly NotTaken[]): string {
  const names = all.slice(0, mostNames).map(({ path }) => path)
  const rest = all.length - names.length
  return all.length === 1 ? names.join() : `${all.length} files (${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''})`
}
