import type { MadeToken, TokenSummary } from '@sluice/accounts'
import { z } from 'zod'
import { role } from './users.ts'
import { instant } from './values.ts'

const summary = {
  username: z.string(),
  name: z.string(),
  role: role.meta({ description: 'The highest role that it may use.' }),
  projects: z.array(z.string()).nullable().meta({ description: 'Null: every project of its user.' }),
  createdAt: instant,
  expiresAt: instant,
  usedAt: instant.nullable().meta({ description: 'To the minute.' }),
}

export const tokenSummary: z.ZodType<TokenSummary> = z.object(summary).meta({ id: 'Token' })

export const madeToken: z.ZodType<MadeToken> = z
  .object({ ...summary, token: z.string().meta({ description: 'Shown this once.' }) })
  .meta({ id: 'MadeToken' })
