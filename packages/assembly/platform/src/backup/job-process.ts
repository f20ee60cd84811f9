import { type ErrorRecord, type Json, toErrorRecord } from '@sluice/core'
import { endAtOnce } from '@sluice/process'
import { carryOutJob, type JobWork } from './carry-out.ts'

/** Entry of the process that makes one backup: what that computes and holds delays no schedule. It ends with whoever started it. */
export type JobReply = { readonly result: Json } | { readonly error: ErrorRecord }

process.on('disconnect', endAtOnce)
process.once('message', (work: JobWork) => void carryOut(work))

async function carryOut(work: JobWork): Promise<void> {
  const reply = await carryOutJob(work).then(
    (result): JobReply => ({ result }),
    (error: unknown): JobReply => ({ error: toErrorRecord(error) }),
  )
  process.send?.(reply, () => process.exit(0))
}
