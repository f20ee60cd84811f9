import { z } from 'zod'

/** Which task run of a mapped task. */
export const ofMap = { mapIndex: z.coerce.number().int().min(0).max(2_147_483_647).optional().describe('which task run of a mapped task') }

export const ofTask = z.object({ run: z.string(), task: z.string().describe('the task') })
