import { z } from 'zod'
import type { OptionSpec } from '../../endpoint/spec.ts'

export const ofUser = z.object({ username: z.string().describe('the user') })

/** Never an argument: those are seen by every process of the machine. */
export const passwordStdin: OptionSpec = { flags: '--password-stdin', description: 'read the password from stdin instead of asking for it' }
