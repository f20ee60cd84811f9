import { z } from 'zod'

export const ofTask = z.object({ run: z.string(), task: z.string().describe('the task') })
