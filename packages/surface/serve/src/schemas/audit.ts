import type { AuditEntry, AuditOutcome } from '@sluice/accounts'
import { z } from 'zod'
import { actor, instant, oneOf, whole } from './values.ts'

export const auditOutcome = oneOf<AuditOutcome>({ begun: 'begun', done: 'done', refused: 'refused', failed: 'failed' })

export const auditEntry: z.ZodType<AuditEntry> = z
  .object({
    id: whole,
    at: instant,
    endedAt: instant.nullable(),
    actor: actor.meta({ description: 'owner, user:NAME, token:USER/NAME; nobody: they did not say.' }),
    address: z.string(),
    action: z.string().meta({ description: 'The operation, or login, login.password, login.link.', example: 'pipelines.change' }),
    project: z.string().nullable(),
    target: z.string().meta({ description: 'The path of the request.' }),
    details: z.record(z.string(), z.unknown()).meta({ description: 'What was sent, without passwords; long texts are cut.' }),
    outcome: auditOutcome.meta({ description: 'begun: under way, or its process died before it could say.' }),
    reason: z.string().nullable(),
    omitted: whole.meta({
      description: 'How many more calls of callers who did not say who they are were refused before it, without a row.',
    }),
  })
  .meta({ id: 'AuditEntry' })
