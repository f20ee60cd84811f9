import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { toErrorRecord } from '@sluice/core'
import type { ProjectDefinitions } from '@sluice/platform'
import type { Client } from '@sluice/serve/client'
import { failureText, writeMigration } from '@sluice/serve/terminal'

type DiffAnswer = Awaited<ReturnType<Client['warehouse']['diff']>>

export const migrationKey = 'm'

export type ProposedFor = Pick<ProjectDefinitions, 'name' | 'dir' | 'datasets' | 'keys' | 'errors'>

export interface Proposals {
  /**
   * Looks whether the tables of the projects are what their datasets declare now, and proposes what ends the difference. Projects with
   * definition errors, which are told already, are left out.
   */
  look(definitions: readonly ProposedFor[]): Promise<void>
  /** Writes and applies what was proposed last. What has changed since it was shown is shown again, and nothing is written. */
  accept(): Promise<void>
}

/**
 * A dataset needs a migration before rows go into it. It is shown when the dataset is saved, and nothing is written until a person says
 * so: what it drops is gone. Others may write and apply migrations meanwhile.
 */
export function proposeMigrations(client: Client, note: (text: string) => void): Proposals {
  /** What was compared, by project. One whose comparison failed is not among them, and is compared again. */
  const compared = new Map<string, string>()
  const open = new Map<string, DiffAnswer>()
  let latest: readonly ProposedFor[] = []
  const told = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work()
      return true
    } catch (error) {
      note(failureText(toErrorRecord(error)))
      return false
    }
  }
  const compare = (project: string): Promise<DiffAnswer> => client.warehouse.diff({ params: { project } })
  const show = (answer: DiffAnswer): void => {
    open.delete(answer.project)
    if (answer.migration === null && answer.pending.length === 0) return
    open.set(answer.project, answer)
    note(proposalText(answer))
  }
  const lookAt = async (definitions: readonly ProposedFor[]): Promise<void> => {
    const changed = definitions.flatMap((each) => {
      const text = comparedText(each)
      return compared.get(each.name) === text ? [] : [{ project: each.name, text }]
    })
    await Promise.all(
      changed.map(({ project, text }) =>
        told(async () => {
          compared.delete(project)
          show(await compare(project))
          compared.set(project, text)
        }),
      ),
    )
  }
  const take = async (shown: DiffAnswer): Promise<void> => {
    const { project, folder, migration } = shown
    const now = await compare(project)
    if (proposalText(now) !== proposalText(shown)) {
      note(`${project}: the migrations or the database have changed since this was proposed. Nothing was written.`)
      show(now)
      return
    }
    if (now.losses.length > 0) {
      note(`${project}: not written, since values go with it. Write it with: sluice warehouse diff ${project} --write NAME`)
      return
    }
    for (const each of migration === null ? [] : [migration, ...now.further])
      for (const file of await writeMigration(folder, each)) note(`written: ${file}`)
    const { steps } = await client.warehouse.migrate({ params: { project }, body: { direction: 'up' } })
    open.delete(project)
    note(`applied to ${project}: ${steps.map(({ id }) => id).join(', ')}`)
  }
  return {
    look: async (definitions) => {
      latest = definitions
      await lookAt(definitions.filter(({ errors }) => errors.length === 0))
    },
    accept: async () => {
      if (open.size === 0) {
        await lookAt(latest)
        if (open.size === 0 && latest.every(({ name }) => compared.has(name))) note(nothingToWrite)
        return
      }
      for (const shown of [...open.values()]) await told(() => take(shown))
    },
  }
}

const nothingToWrite = 'The tables are what the datasets declare: there is no migration to write.'

/** All that the comparison depends on and a person edits. */
function comparedText({ dir, datasets, keys }: ProposedFor): string {
  return JSON.stringify([
    datasets.filter(({ on }) => on === 'warehouse'),
    keys,
    filesIn(join(dir, 'migrations')),
    filesIn(join(dir, 'schema')),
  ])
}

function filesIn(folder: string): readonly (readonly [name: string, text: string])[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.sql'))
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')])
  } catch {
    // There is no such folder, or a file has gone meanwhile: the change of that is told as well.
    return []
  }
}

export const proposalText = ({ project, differences, pending, migration, further, losses }: DiffAnswer): string =>
  migration === null
    ? `${project}: ${pending.join(', ')} ${pending.length === 1 ? 'waits' : 'wait'} to be applied. Press ${migrationKey} to apply.`
    : [
        `${project}: the database is not what the datasets declare. This migration makes it so:`,
        ...differences.map((difference) => `-- ${difference}`),
        ...[migration, ...further].map(({ up }) => up.trimEnd()),
        ...losses.map((loss) => `Lost with it: ${loss}`),
        `Press ${migrationKey} to write it as ${migration.id}.up.sql and .down.sql and to apply it${pending.length === 0 ? '' : `, behind ${pending.join(', ')}`}.`,
      ].join('\n')
