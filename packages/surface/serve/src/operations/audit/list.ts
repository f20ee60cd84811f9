import { given, requestErrors } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { among } from '../../endpoint/visible.ts'
import { table } from '../../format/table.ts'
import { actorText, moment } from '../../format/words.ts'
import { auditEntry, auditOutcome } from '../../schemas/audit.ts'
import { inProject, instantInput, pageOf, paging } from '../../schemas/values.ts'

export const listAudit = endpoint({
  name: 'audit.list',
  method: 'get',
  path: '/audit',
  right: 'admin',
  scope: 'projects',
  summary: 'Who asked for which change, from where, and what became of it, newest first',
  query: z.object({
    ...inProject,
    actor: z.string().min(1).optional().describe('only of this actor: owner, user:ada, token:ada/ci, nobody'),
    action: z.string().min(1).optional().describe('only of this operation, such as pipelines.change'),
    outcome: auditOutcome.optional().describe('only what ended so'),
    since: instantInput.optional().meta({ description: 'only from this time on, ISO-8601' }),
    ...paging,
  }),
  answer: pageOf(auditEntry),
  handle: async ({ users }, { query: { project, cursor, limit, ...filter }, projects }) => {
    const before = cursor === undefined ? undefined : Number(cursor)
    if (before !== undefined && !(Number.isSafeInteger(before) && before > 0)) {
      throw requestErrors.invalid(`"${cursor}" is not a cursor of this list`, { next: 'Take the one that the page before answered.' })
    }
    const rows = await users.audit({ ...given(filter), ...given({ before }), projects: among(projects, project) ?? null, limit: limit + 1 })
    const items = rows.slice(0, limit)
    return { items, next: rows.length > limit ? String(items.at(-1)?.id) : null }
  },
  terminal: {
    change: { limit: { default: 20 } },
    examples: ['sluice audit list', 'sluice audit list --actor user:ada --since 2026-11-20', 'sluice audit list --outcome refused --json'],
    show: ({ items }) =>
      table(
        items,
        [
          { title: 'WHEN', of: ({ at }) => moment(at) },
          { title: 'WHO', of: ({ actor }) => actorText(actor) },
          { title: 'FROM', of: ({ address }) => address },
          { title: 'ACTION', of: ({ action }) => action },
          { title: 'WHAT', of: ({ target }) => target },
          { title: 'OUTCOME', of: ({ outcome, omitted }) => (omitted === 0 ? outcome : `${outcome}, and ${omitted} more before it`) },
          { title: 'REASON', of: ({ reason }) => reason ?? '' },
        ],
        'Nobody has asked for a change.',
      ),
    after: ({ output }, { next }) => {
      if (next !== null) output.note('There are more: raise --limit.')
    },
  },
})
