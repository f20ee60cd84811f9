import { z } from '@hono/zod-openapi'
import { roles, shortestPassword, type UserSummary } from '@sluice/accounts'
import { instant } from './values.ts'

export const role = z.enum(roles)

export const user: z.ZodType<UserSummary> = z
  .object({
    username: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    email: z.string(),
    role,
    disabled: z.boolean(),
    createdAt: instant,
    passwordChangedAt: instant,
  })
  .openapi('User')

/** How long it must be is said by the engine, in words of its own; an answer never holds it. */
const password = z.string().openapi({ format: 'password', description: `At least ${shortestPassword} characters.` })

const person = {
  firstName: z.string().trim().min(1).max(100),
  lastName: z.string().trim().min(1).max(100),
  email: z.email().max(254),
  role,
  password,
}

export const newUser = z.object({ username: z.string().min(1), ...person }).openapi('NewUser')
export const userChange = z
  .object({ ...person, disabled: z.boolean() })
  .partial()
  .openapi('UserChange')
