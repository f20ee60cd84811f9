import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { certificates } from '@sluice/serve/testing/certificates'
import { expect, test } from 'vitest'
import { loadSettings } from '../settings.ts'
import { platformFolder } from '../testing/index.ts'
import { startHttp } from './start-http.ts'

const [pair] = certificates
const nobodyAsks = () => Promise.reject(new Error('nobody asks'))
const warehouses = { warehouseUrlsOf: nobodyAsks, scratch: { make: nobodyAsks, drop: nobodyAsks } }

/** Without a check of the name: that is the browser's. */
const statusOf = (port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const asking = request(
      {
        port,
        host: '127.0.0.1',
        path: '/healthz',
        headers: { host },
        ca: pair.certificate,
        checkServerIdentity: () => undefined,
        agent: false,
      },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    asking.on('error', reject)
    asking.end()
  })

test('a server for other machines speaks TLS under its name, and plain HTTP to commands of this machine', async () => {
  await using folder = await platformFolder([], {
    host: '127.0.0.1',
    allowedHosts: 'sluice.example.org',
    tlsCertificate: 'tls/certificate.pem',
    tlsKey: 'tls/key.pem',
  })
  await mkdir(join(folder.root, 'tls'))
  await writeFile(join(folder.root, 'tls/certificate.pem'), pair.certificate)
  await writeFile(join(folder.root, 'tls/key.pem'), pair.key)
  const { root } = folder
  const settings = await loadSettings({ root })
  const http = await startHttp({ root, settings, port: 0, anyPort: false, note: () => undefined, ...warehouses })
  try {
    const [, port = ''] = /^https:\/\/sluice\.example\.org:(\d+)$/.exec(http.url) ?? []
    expect([await statusOf(Number(port), `sluice.example.org:${port}`), await statusOf(Number(port), 'evil.example')]).toEqual([200, 403])
    expect(http.localUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await fetch(`${http.localUrl}/healthz`)).status).toBe(200)
  } finally {
    await http.close()
  }
})

test('a certificate that is not there is told before anything listens', async () => {
  await using folder = await platformFolder([], { tlsCertificate: 'none.pem', tlsKey: 'none.pem' })
  const { root } = folder
  const settings = await loadSettings({ root })
  await expect(startHttp({ root, settings, port: 0, anyPort: false, note: () => undefined, ...warehouses })).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringContaining('none.pem cannot be read'),
  })
})
