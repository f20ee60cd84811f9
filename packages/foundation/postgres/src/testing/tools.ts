import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export interface PostgresTools {
  readonly major: number
  /** Has `postgres`, `initdb`, `psql`, `pg_dump` and `pg_restore` of one version. */
  readonly bindir: string
}

/** A PostgreSQL of the system with the tools that the embedded one lacks (`apt install postgresql`); `undefined` where there is none. */
export function postgresTools(home = '/usr/lib/postgresql'): PostgresTools | undefined {
  const majors = existsSync(home) ? readdirSync(home).map(Number).filter(Number.isInteger) : []
  return majors
    .sort((a, b) => b - a)
    .map((major) => ({ major, bindir: join(home, String(major), 'bin') }))
    .find(({ bindir }) => ['postgres', 'initdb', 'psql', 'pg_dump', 'pg_restore'].every((name) => existsSync(join(bindir, name))))
}
