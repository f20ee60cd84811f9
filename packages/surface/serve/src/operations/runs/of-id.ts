import { z } from 'zod'

export const ofRun = z.object({ run: z.string().describe('the id of the run') })
