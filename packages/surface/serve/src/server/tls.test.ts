import { mkdtemp, utimes, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { certificates } from '../testing/certificates.ts'
import { servicesWith } from '../testing/services.ts'
import { createApp } from './app.ts'
import { serveHttp } from './http.ts'
import { readTls, renewTls } from './tls.ts'

const key = 'k'.repeat(43)
const [one, two] = certificates
const access = createAccess(key)
const app = createApp(servicesWith({ engine: { pipelines: async () => [] } }), { access, allowedHosts: ['sluice.example.org'] })

async function filesOf(pair: { readonly certificate: string; readonly key: string }) {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-tls-'))
  const files = { certificate: join(dir, 'certificate.pem'), key: join(dir, 'key.pem') }
  await writeFile(files.certificate, pair.certificate)
  await writeFile(files.key, pair.key)
  return files
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}
const ask = (port: number, path: string, headers: Record<string, string>, method = 'GET', body = ''): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sending = request(
      { port, host: '127.0.0.1', path, method, headers, ca: one.certificate, servername: 'sluice.example.org', agent: false },
      (response) => {
        response.resume()
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }))
      },
    )
    sending.on('error', reject)
    sending.end(body)
  })

test('over TLS the session is kept to its host, and a browser is told to come back over TLS, under a name of ours', async () => {
  const server = await serveHttp(app, { port: 0, tls: await filesOf(one) })
  try {
    expect(server.url).toBe(`https://127.0.0.1:${server.port}`)
    const named = { host: `sluice.example.org:${server.port}` }
    const signIn = await ask(
      server.port,
      '/login/link',
      { ...named, 'content-type': 'application/json' },
      'POST',
      JSON.stringify({ code: access.issueLoginCode() }),
    )
    expect([signIn.status, String(signIn.headers['set-cookie'])]).toEqual([200, expect.stringMatching(/^__Host-sluice_session=.*Secure/)])
    expect(signIn.headers['strict-transport-security']).toBe('max-age=15552000')
    const cookie = String(signIn.headers['set-cookie']).split(';')[0] ?? ''
    expect((await ask(server.port, '/api/v1/pipelines', { ...named, cookie })).status).toBe(200)
    // A page of a sibling host can set these for ours: somebody would act as whoever put them there.
    for (const name of ['sluice_session', `sluice_session_${server.port}`]) {
      const planted = cookie.replace('__Host-sluice_session', name)
      expect([name, (await ask(server.port, '/api/v1/pipelines', { ...named, cookie: planted })).status]).toEqual([name, 401])
    }
    // All servers of this machine share the name.
    const local = await ask(server.port, '/healthz', { host: `localhost:${server.port}` })
    expect([local.status, local.headers['strict-transport-security']]).toEqual([200, undefined])
    expect((await ask(server.port, '/healthz', { host: 'evil.example' })).status).toBe(403)
  } finally {
    await server.close()
  }
})

test('TLS before 1.2 is refused', async () => {
  const server = await serveHttp(app, { port: 0, tls: await filesOf(one) })
  try {
    const attempt = new Promise((resolve, reject) => {
      const socket = connect(
        { port: server.port, host: '127.0.0.1', ca: one.certificate, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
        () => resolve('connected'),
      )
      socket.on('error', reject)
    })
    await expect(attempt).rejects.toThrow()
  } finally {
    await server.close()
  }
})

test('files that are not there, or do not belong together, are named before the server listens', async () => {
  await expect(readTls({ certificate: '/nowhere/a.pem', key: '/nowhere/b.pem' })).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringContaining('/nowhere/a.pem cannot be read: ENOENT'),
    next: expect.stringContaining('SLUICE_TLS_CERTIFICATE'),
  })
  const mixed = await filesOf({ certificate: one.certificate, key: two.key })
  await expect(serveHttp(app, { port: 0, tls: mixed })).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringContaining('are not a certificate and its key'),
  })
})

test('a certificate that was renewed is taken without a restart; half of a pair leaves the old one', async () => {
  const files = await filesOf(one)
  const taken: string[] = []
  const notes: string[] = []
  const renewing = renewTls({ setSecureContext: ({ cert }) => taken.push(cert) }, files, (text) => notes.push(text), 5)
  try {
    const change = async (path: string, text: string, second: number) => {
      await writeFile(path, text)
      await utimes(path, second, second)
    }
    await expect.poll(() => renewing.looks()).toBeGreaterThan(1)
    await change(files.certificate, two.certificate, 2_000_000_000)
    await expect.poll(() => notes.length, { timeout: 60_000 }).toBeGreaterThan(0)
    expect([taken, notes.every((note) => note.includes('was not renewed'))]).toEqual([[], true])
    await change(files.key, two.key, 2_000_000_001)
    await expect.poll(() => taken.length, { timeout: 60_000 }).toBeGreaterThan(0)
    expect([taken[0], notes.at(-1)]).toEqual([two.certificate, expect.stringMatching(/was renewed; it holds until 2120-01-01/)])
  } finally {
    renewing.stop()
  }
})
