import { durationMs } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { UsageError } from '../../endpoint/usage.ts'
import { moment } from '../../format/words.ts'
import { madeToken } from '../../schemas/tokens.ts'
import { role } from '../../schemas/users.ts'
import { instantInput } from '../../schemas/values.ts'
import { whose } from './whose.ts'

export const createToken = endpoint({
  name: 'tokens.create',
  method: 'post',
  path: '/tokens',
  right: 'viewer',
  scope: 'projects',
  audit: 'within',
  summary: 'Make a personal token for a program; it may never do more than its user',
  body: z
    .object({
      name: z.string().min(1).describe('what the token is called, such as ci'),
      user: z.string().min(1).optional().describe('whose it is: an admin names another user; yours unless given'),
      role: role.default('viewer').describe('the highest role that it may use'),
      projects: z.array(z.string().min(1)).min(1).optional().describe('only in these projects; in all of the user unless given'),
      expires: instantInput.meta({ description: 'until when it works, within a year' }),
    })
    .meta({ id: 'NewToken' }),
  status: 201,
  answer: madeToken,
  handle: ({ users }, { body: { user, projects, expires, ...rest }, caller, by }) =>
    users.createToken({ ...rest, username: whose(caller, user, 'make'), projects: projects ?? null, expiresAt: expires }, by),
  terminal: {
    args: ['name'],
    fields: ['user', 'role', 'projects'],
    change: { projects: { flags: '--only <project...>' } },
    options: [{ flags: '--expires <duration>', description: 'how long it works, such as 30d; at most 366d', default: '90d' }],
    examples: [
      'sluice tokens create ci --user ada --role editor --only crypto-coincap --expires 30d',
      'sluice tokens create dashboard --user ada --json',
    ],
    input: (_, line) => ({ body: { expires: Date.now() + durationOf(line.text('expires') ?? '90d') } }),
    show: ({ token }) => token,
    after: ({ output }, { name, username, role, projects, expiresAt }) => {
      const where = projects === null ? '' : ` in ${projects.join(', ')}`
      output.note(`${name} of ${username}: ${role}${where}, until ${moment(expiresAt)}. It is shown this once: keep it as SLUICE_TOKEN.`)
    },
  },
})

function durationOf(text: string): number {
  try {
    return durationMs(text)
  } catch {
    throw new UsageError(`--expires "${text}" is not a duration such as 30d`)
  }
}
