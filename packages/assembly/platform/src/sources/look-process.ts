import { type ErrorRecord, isSluiceError, maskOf, toErrorRecord } from '@sluice/core'
import { endAtOnce } from '@sluice/process'
import type { PlannedSource, PreviewedSource } from '@sluice/serve'
import { secretsOf } from '../secrets.ts'
import { type Look, look } from './look.ts'

/** Entry of the process that looks at a source: one look, one reply, the end. */
export type LookReply =
  | { readonly looked: PlannedSource | PreviewedSource }
  | { readonly error: ErrorRecord; readonly status: number | undefined }

process.on('disconnect', endAtOnce)
process.once('message', (of: Look) => {
  const replied = look(of, new AbortController().signal).then(
    (looked): LookReply => ({ looked }),
    (thrown: unknown): LookReply => {
      const { values, stateDir } = of.settings
      const error = toErrorRecord(thrown, undefined, maskOf(secretsOf({ values, stateDir, urls: [of.databaseUrl] })))
      return { error, status: isSluiceError(thrown) ? thrown.status : undefined }
    },
  )
  void replied.then((reply) => process.send?.(reply, () => process.exit(0)))
})
