import { projectsWith } from '@sluice/accounts/grants'
import { durationMs, notFound } from '@sluice/core'
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
  handle: async ({ users, datasets }, { body: { user, projects, expires, ...rest }, caller, by }) => {
    const username = whose(caller, user, 'make')
    for (const project of projects ?? []) await refuseUnknown(project)
    return await users.createToken({ ...rest, username, projects: projects ?? null, expiresAt: expires }, by)

    /** A token for a project that is misspelt would let its program in nowhere. Whoever does not see all projects hears of their own. */
    async function refuseUnknown(project: string): Promise<void> {
      const seen = projectsWith(caller.grants, 'viewer')
      if (seen === 'all') await datasets.all(project)
      else if (!seen.includes(project)) {
        throw notFound(`there is no project "${project}"`, { facts: { project }, next: `Yours: ${seen.join(', ') || 'none'}.` })
      }
    }
  },
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
      output.note(
        `${name} of ${username}: at most ${role}${where}, and never more than ${username}, until ${moment(expiresAt)}. It is shown this once: keep it as SLUICE_TOKEN.`,
      )
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
