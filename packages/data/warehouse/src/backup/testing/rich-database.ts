import { readFileSync } from 'node:fs'
import { ensureRole, quoteIdentifier, withSession } from '@sluice/postgres'
import type { TestServer } from '@sluice/postgres/testing'

const sql = readFileSync(new URL('./rich-schema.sql', import.meta.url), 'utf8')

export interface RichDatabase extends AsyncDisposable {
  readonly name: string
  readonly url: string
  /** A name on the same server that goes with the test. */
  another(word: string): string
}

/** A database that has something of all that a backup keeps. */
export async function richDatabase(server: TestServer, name: string): Promise<RichDatabase> {
  const adminUrl = server.url('postgres')
  const roles = [`${name}_role`, `${name}_reader`] as const
  const made = [name]
  for (const role of roles) await ensureRole(adminUrl, { name: role, password: 'a-password-of-tests' })
  await withSession(adminUrl, (admin) => admin.query(`create database ${quoteIdentifier(name)}`))
  const url = server.url(name)
  await withSession(url, (session) =>
    session.query(sql.replaceAll('@role@', quoteIdentifier(roles[0])).replaceAll('@reader@', quoteIdentifier(roles[1]))),
  )
  return {
    name,
    url,
    another: (word) => {
      made.push(`${name}_${word}`)
      return `${name}_${word}`
    },
    [Symbol.asyncDispose]: () =>
      withSession(adminUrl, async (admin) => {
        for (const each of made) await admin.query(`drop database if exists ${quoteIdentifier(each)} with (force)`)
        for (const role of roles) await admin.query(`drop role ${quoteIdentifier(role)}`)
      }),
  }
}
