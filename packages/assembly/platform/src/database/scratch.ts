import { randomBytes } from 'node:crypto'
import { bugErrors } from '@sluice/core'
import { dropDatabase, ensureDatabase, urlFor } from '@sluice/postgres'

export interface ScratchPlace {
  readonly name: string
  readonly url: string
}

/** Databases for a moment, made by a process that has the administrator's URL for one that has not. */
export interface ScratchDoor {
  /** @param template a scratch database of the same project, to which nobody is connected; empty without it */
  make(project: string, template?: string): Promise<ScratchPlace>
  drop(name: string): Promise<void>
}

const prefix = 'sluice_throwaway_'

/**
 * On the server of the warehouses. Such a database belongs to the owner of the project's warehouse, so that what runs in it has no more
 * rights than there. Other databases are neither copied nor dropped, whatever is asked.
 */
export function scratchDoor(adminUrl: () => Promise<string>, ownerUrlOf: (project: string) => Promise<string>): ScratchDoor {
  return {
    make: async (project, template) => {
      const [admin, owner] = await Promise.all([adminUrl(), ownerUrlOf(project)])
      const name = `${prefix}${randomBytes(6).toString('hex')}`
      await ensureDatabase(admin, name, {
        forAMoment: true,
        ...(userOf(owner) === userOf(admin) ? {} : { owner: userOf(owner) }),
        ...(template === undefined ? {} : { template: ours(template) }),
      })
      return { name, url: urlFor(owner, name) }
    },
    drop: async (name) => await dropDatabase(await adminUrl(), ours(name)),
  }
}

const userOf = (url: string): string => decodeURIComponent(new URL(url).username)

function ours(name: string): string {
  if (new RegExp(`^${prefix}[0-9a-f]{12}$`).test(name)) return name
  throw bugErrors.unreachable(`${name} is not a scratch database`)
}
