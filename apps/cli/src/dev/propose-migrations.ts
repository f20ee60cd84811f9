import { toErrorRecord } from '@sluice/core'
import type { ProjectDefinitions } from '@sluice/platform'
import type { Client } from '@sluice/serve/client'
import { failureText, writeMigration } from '@sluice/serve/terminal'

type DiffAnswer = Awaited<ReturnType<Client['warehouse']['diff']>>

export const migrationKey = 'm'

export interface Proposals {
  /** Looks whether the tables of the projects are what their datasets declare now, and proposes what ends the difference. */
  look(definitions: readonly Pick<ProjectDefinitions, 'name' | 'datasets' | 'keys'>[]): Promise<void>
  /** Writes and applies what was proposed last. */
  accept(): Promise<void>
}

/**
 * A dataset needs a migration before rows go into it. It is shown when the dataset is saved, and nothing is written until a person says
 * so: what it drops is gone.
 */
export function proposeMigrations(client: Client, note: (text: string) => void): Proposals {
  const seen = new Map<string, string>()
  let open: readonly DiffAnswer[] = []
  const told = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      note(failureText(toErrorRecord(error)))
    }
  }
  return {
    look: (definitions) =>
      told(async () => {
        const changed = definitions.filter(({ name, datasets, keys }) => {
          const text = JSON.stringify([datasets.filter(({ on }) => on === 'warehouse'), keys])
          const isNew = seen.get(name) !== text
          seen.set(name, text)
          return isNew
        })
        if (changed.length === 0) return
        const answers = await Promise.all(changed.map(({ name }) => client.warehouse.diff({ params: { project: name } })))
        const others = open.filter(({ project }) => !changed.some(({ name }) => name === project))
        open = [...others, ...answers.filter(({ migration, pending }) => migration !== null || pending.length > 0)]
        for (const answer of open) note(proposalText(answer))
      }),
    accept: () =>
      told(async () => {
        const accepted = open
        open = []
        if (accepted.length === 0) note('The tables are what the datasets declare: there is no migration to write.')
        for (const { project, folder, migration } of accepted) {
          if (migration !== null) for (const file of await writeMigration(folder, migration)) note(`written: ${file}`)
          const { steps } = await client.warehouse.migrate({ params: { project }, body: { direction: 'up' } })
          note(`applied to ${project}: ${steps.map(({ id }) => id).join(', ')}`)
        }
      }),
  }
}

export const proposalText = ({ project, differences, pending, migration }: DiffAnswer): string =>
  migration === null
    ? `${project}: ${pending.join(', ')} ${pending.length === 1 ? 'waits' : 'wait'} to be applied. Press ${migrationKey} to apply.`
    : [
        `${project}: the database is not what the datasets declare. This migration makes it so:`,
        ...differences.map((difference) => `-- ${difference}`),
        migration.up.trimEnd(),
        `Press ${migrationKey} to write it as ${migration.id}.up.sql and .down.sql and to apply it${pending.length === 0 ? '' : `, behind ${pending.join(', ')}`}.`,
      ].join('\n')
