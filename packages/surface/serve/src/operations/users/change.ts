import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { person, user } from '../../schemas/users.ts'
import { ofUser, passwordStdin } from './of-name.ts'

export const changeUser = endpoint({
  name: 'users.change',
  method: 'patch',
  path: '/users/{username}',
  right: 'admin',
  scope: 'platform',
  audit: 'within',
  summary: 'Change a user; a new password, and disabling, end the sessions of the user',
  params: ofUser,
  body: z
    .object({ ...person, disabled: z.boolean() })
    .partial()
    .meta({ id: 'UserChange' }),
  answer: user,
  handle: ({ users }, { params, body, by }) => users.change(params.username, given(body), by),
  terminal: [
    {
      path: 'users passwd',
      summary: 'Give a user a new password and end their sessions',
      args: ['username'],
      fields: [],
      options: [passwordStdin],
      examples: ['sluice users passwd ada', 'sluice users passwd ada --password-stdin < file'],
      input: async ({ newPassword }, line) => ({ body: { password: await newPassword(line.flag('passwordStdin')) } }),
      show: ({ username }) => `${username} has a new password; earlier sessions have ended`,
    },
    {
      path: 'users role',
      summary: 'Give a user another role, from their next request on',
      args: ['username', { field: 'role', optional: false }],
      fields: [],
      examples: ['sluice users role ada editor'],
      show: ({ username, role }) => `${username} is ${role}`,
    },
    {
      path: 'users disable',
      summary: 'Keep a user from signing in and end their sessions',
      args: ['username'],
      fields: [],
      examples: ['sluice users disable ada'],
      fixed: { body: { disabled: true } },
      show: ({ username }) => `${username} may no longer sign in`,
    },
    {
      path: 'users enable',
      summary: 'Let a disabled user sign in again',
      args: ['username'],
      fields: [],
      examples: ['sluice users enable ada'],
      fixed: { body: { disabled: false } },
      show: ({ username }) => `${username} may again sign in`,
    },
  ],
})
