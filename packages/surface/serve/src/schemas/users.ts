import type { UserSummary } from '@sluice/accounts'
import { shortestPassword } from '@sluice/accounts/password-length'
import { roles, rolesEverywhere } from '@sluice/accounts/roles'
import { z } from 'zod'
import { instant } from './values.ts'

export const role = z.enum(roles).describe('viewer reads, editor also works with runs, admin may do everything')

const everywhere = z
  .enum(rolesEverywhere)
  .describe('in every project: viewer reads, editor also works with runs, admin may do everything; none: only where a project is granted')

export const user: z.ZodType<UserSummary> = z
  .object({
    username: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    email: z.string(),
    role: everywhere,
    projects: z.record(z.string(), z.enum(roles)).meta({ description: 'Roles granted in single projects; the higher one counts.' }),
    disabled: z.boolean(),
    createdAt: instant,
    passwordChangedAt: instant,
  })
  .meta({ id: 'User' })

/** What is known of a person. The accounts refuse a password that is too short, in words of their own; no answer holds a password. */
export const person = {
  role: everywhere,
  email: z.email().max(254).describe('e-mail address'),
  firstName: z.string().trim().min(1).max(100).describe('first name'),
  lastName: z.string().trim().min(1).max(100).describe('last name'),
  password: z.string().meta({ format: 'password', description: `at least ${shortestPassword} characters` }),
}
