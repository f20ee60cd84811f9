import { defineErrors, diskErrors, permanent, retryable, type SluiceError } from '@sluice/core'

export const backupErrors = defineErrors('backup', {
  damaged: permanent<{ readonly path: string }>({ about: 'A file of a backup is missing, or is not what its manifest says.' }),
  locked: permanent({ about: 'A backup is encrypted, and its key was not given or is another one.' }),
  ended: retryable({ about: 'A backup was ended before it was made: its process died, or the task that asked for it waits no longer.' }),
  differs: permanent<{ readonly tables: readonly string[] }>({
    about: 'What was restored is not what was saved. It was taken away again.',
  }),
  refused: permanent({ about: 'A restore would write over data, or into what another restore has left.', status: 409 }),
})

const fullDisk = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** What a write to a place threw: `disk.full` for a full disk, else as it was. */
export function writeFault(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof Error) || !('code' in thrown) || !fullDisk.has(String(thrown.code))) return thrown
  return diskErrors.full(`The disk was full while ${path} was written`, {
    cause: thrown,
    facts: { path },
    next: 'Free space or name another place; what was written of this backup counts as nothing, and the next one removes it.',
  })
}

export const damaged = (path: string, what: string, next?: string): SluiceError =>
  backupErrors.damaged(`${path} ${what}`, {
    facts: { path },
    next: next ?? 'Use another backup: "list" shows those there are, "verify" whether they are whole.',
  })
