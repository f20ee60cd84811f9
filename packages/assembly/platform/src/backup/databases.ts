import { urlFor } from '@sluice/postgres'
import type { Database } from '../database/database.ts'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import type { UrlsByProject } from '../stores/project-stores.ts'

/** A database of the platform, under the role that may read most of it. */
export interface PlatformDatabase {
  /** `null`: the metadata. */
  readonly project: string | null
  readonly database: string
  readonly url: string
}

const nameOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1))

/** The metadata and the warehouses. Of the embedded server the superuser reads all; elsewhere each owner reads its own. */
export function databasesOf(
  { url, adminUrl, embedded }: Pick<Database, 'url' | 'adminUrl' | 'embedded'>,
  definitions: readonly Pick<ProjectDefinitions, 'name' | 'database'>[],
  urls: UrlsByProject,
): readonly PlatformDatabase[] {
  return [
    { project: null, database: nameOf(url), url },
    ...definitions.map(({ name, database }) => ({
      project: name,
      database,
      url: embedded ? urlFor(adminUrl, database) : (urls[name]?.ownerUrl ?? urlFor(adminUrl, database)),
    })),
  ]
}
