import { z } from 'zod'

export const ofRun = z.object({ run: z.string().describe('its id') })
