import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqlSource } from '@sluice/author'
import { withSession } from '@sluice/postgres'
import { type PrivateServer, startPrivateServer } from '@sluice/postgres/testing'
import { certificates } from '@sluice/serve/testing/certificates'
import { databases } from '@sluice/sources/sql'
import { afterAll, beforeAll, expect, test } from 'vitest'

const [own, other] = certificates
let server: PrivateServer
let folder: string

/** PostgreSQL with the certificate of `own`, which is for 127.0.0.1. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certificates '))
  await chmod(folder, 0o755)
  await writeFile(join(folder, 'own.pem'), own.certificate)
  await writeFile(join(folder, 'other.pem'), other.certificate)
  server = await startPrivateServer()
  await withSession(server.url('postgres'), async (session) => {
    // The server writes its key itself: it takes none that others may read, or that is another account's.
    const write = (text: string, name: string) =>
      session.query(
        `copy (select line from unnest(string_to_array($pem$${text.trim()}$pem$, chr(10))) as line) to program 'umask 077; cat > ${name}'`,
      )
    await write(own.certificate, 'server.crt')
    await write(own.key, 'server.key')
    await session.query('alter system set ssl = on')
    await session.query("create role reader login password 'hush-hush'")
  })
  await server.restart()
})
afterAll(async () => {
  await server.drop()
  await rm(folder, { recursive: true, force: true })
})

const urlOf = (query: string, host = '127.0.0.1', port = server.port): string =>
  `postgres://reader:hush-hush@${host}:${port}/postgres${query.replaceAll('FOLDER', encodeURIComponent(folder))}`

async function read(url: string): Promise<string> {
  const source = sqlSource({ name: 'q', connection: 'db', query: 'select ssl from pg_stat_ssl where pid = pg_backend_pid()', mode: 'full' })
  const { copy } = await databases.postgres()
  const workFolder = await mkdtemp(join(folder, 'work-'))
  const copied = await copy({ name: 'db', type: 'postgres', url }, { source, seen: null, choose: () => ['ssl'] }, { workFolder })
  expect(copied.count).toBe(1)
  return copied.rows
}

/** Whether the session was encrypted, as the server says. */
async function isEncrypted(url: string): Promise<boolean> {
  await read(url)
  return await withSession(url, async (session) => {
    const [row] = await session.query<{ ssl: boolean }>('select ssl from pg_stat_ssl where pid = pg_backend_pid()')
    return row?.ssl === true
  })
}

test.each([
  ['?sslmode=verify-full&sslrootcert=FOLDER/own.pem', true],
  ['?sslmode=require&sslrootcert=FOLDER/own.pem', true],
  ['?sslmode=no-verify', true],
  ['?sslmode=disable', false],
  ['', false],
])('a database is read as its URL says: %s', async (query, encrypted) => {
  expect(await isEncrypted(urlOf(query))).toBe(encrypted)
})

test.each([
  ['?sslmode=verify-full&sslrootcert=FOLDER/other.pem', /^PostgreSQL: nobody who is trusted vouches for the certificate/, /sslrootcert=/],
  ['?sslmode=verify-full', /^PostgreSQL: nobody who is trusted vouches for the certificate/, /sslrootcert=/],
  // Encryption without a look at who answers keeps nobody out: it has to be asked for by its own word.
  ['?sslmode=require', /^PostgreSQL: nobody who is trusted vouches for the certificate/, /sslrootcert=/],
  ['?sslmode=verify-full&sslrootcert=FOLDER/none.pem', /^sslrootcert of the database URL names .*none\.pem, which cannot be read$/, /path/],
])('another who answers is refused with a sentence: %s', async (query, message, next) => {
  const error = await read(urlOf(query)).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'config.invalid', message: expect.stringMatching(message), next: expect.stringMatching(next) })
  expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('hush-hush')
})

test('a certificate of another name is refused, and a server that does not speak TLS', async () => {
  const name = read(urlOf('?sslmode=verify-full&sslrootcert=FOLDER/own.pem', 'localhost'))
  await expect(name).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringMatching(/certificate of the server is for another name/),
  })
  await withSession(server.url('postgres'), (session) => session.query('alter system set ssl = off'))
  await server.restart()
  const plain = read(urlOf('?sslmode=verify-full&sslrootcert=FOLDER/own.pem'))
  await expect(plain).rejects.toMatchObject({
    code: 'config.invalid',
    message: 'PostgreSQL: the server does not speak TLS, which the URL asks for',
  })
})
