import { readFile } from 'node:fs/promises'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { request as plainRequest } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { certificates } from '@sluice/serve/testing/certificates'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { whyNoNginx } from '../testing/nginx.ts'
import { type PlatformOnDisk, platformOnDisk } from '../testing/platform-on-disk.ts'
import { type FrontProxy, nginxProxy, nodeProxy } from '../testing/proxies.ts'
import { shop } from '../testing/shop.ts'

const [pair] = certificates
const name = 'sluice.example.org'
/** Where a person sits: another address of the loopback than that of the proxy, so that the two are told apart. */
const [person, proxyAddress] = ['127.0.0.2', '127.0.0.1']

interface Asked {
  readonly port: number
  readonly path: string
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string
  readonly plain?: boolean
}

const open = ({ port, path, method = 'GET', headers = {}, body = '', plain = false }: Asked): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', localAddress: person, path, method, agent: false, headers: { host: name, ...headers } }
    const asking = plain ? plainRequest(options, resolve) : request({ ...options, ca: pair.certificate, servername: name }, resolve)
    asking.on('error', reject)
    asking.end(body)
  })

async function ask(
  asked: Asked,
): Promise<{ readonly status: number; readonly headers: IncomingMessage['headers']; readonly text: string }> {
  const answer = await open(asked)
  let text = ''
  for await (const piece of answer.setEncoding('utf8')) text += piece
  return { status: answer.statusCode ?? 0, headers: answer.headers, text }
}

const json = { 'content-type': 'application/json' }
const cookieOf = (headers: IncomingMessage['headers']): string => String(headers['set-cookie'])

const absent = await whyNoNginx()

describe.each<[string, (upstream: number) => Promise<FrontProxy>, boolean]>([
  ['a proxy of Node', nodeProxy, false],
  ['nginx, as the page on operations configures it', nginxProxy, absent !== undefined],
])('a server that runs behind %s', (_, start, skipped) => {
  let platform: PlatformOnDisk
  let proxy: FrontProxy
  let upstream = 0

  beforeAll(async () => {
    if (skipped) return
    const settings = `SLUICE_ALLOWED_HOSTS=${name}\nSLUICE_TRUSTED_PROXIES=${proxyAddress}\n`
    platform = await platformOnDisk({ ...shop, '.env': settings })
    const server = await platform.stay('Sign in:', 'start', '--port', '0')
    // People are told the name, and that it is over TLS: so the proxy has it.
    expect(server.output()).toContain(`Sluice runs at https://${name}\n`)
    const { api } = JSON.parse(await readFile(join(platform.stateDir, 'services.json'), 'utf8')) as { api: { localUrl: string } }
    upstream = Number(new URL(api.localUrl).port)
    proxy = await start(upstream)
  })
  afterAll(async () => {
    if (skipped) return
    await proxy[Symbol.asyncDispose]()
    await platform[Symbol.asyncDispose]()
  })

  const codeOfLink = (): string => {
    const { login } = JSON.parse(platform.sluice('login', '--json').stdout) as { login: string }
    return new URL(login).searchParams.get('code') ?? ''
  }
  const signIn = (port: number, plain = false, headers: OutgoingHttpHeaders = {}) =>
    ask({
      port,
      plain,
      path: '/login/link',
      method: 'POST',
      headers: { ...json, ...headers },
      body: JSON.stringify({ code: codeOfLink() }),
    })

  test.skipIf(skipped)('answers under its name, sends browsers back over TLS, and refuses another name', async () => {
    const front = await ask({ port: proxy.port, path: '/login' })
    expect([front.status, front.headers['strict-transport-security']]).toEqual([200, 'max-age=15552000'])
    expect((await ask({ port: proxy.port, path: '/login', headers: { host: 'evil.example' } })).status).toBe(403)
    const plain = await ask({ port: proxy.plainPort, plain: true, path: '/runs?x=1' })
    expect([plain.status, plain.headers.location]).toEqual([301, `https://${name}/runs?x=1`])
  })

  test.skipIf(skipped)('gives a session that is kept to the host, and takes no other cookie for it', async () => {
    const signed = await signIn(proxy.port)
    expect([signed.status, cookieOf(signed.headers)]).toEqual([200, expect.stringMatching(/^__Host-sluice_session=.*; Secure/)])
    expect(cookieOf(signed.headers)).not.toContain('Domain')
    const cookie = cookieOf(signed.headers).split(';')[0] ?? ''
    const session = cookie.split('=')[1]
    const statusWith = async (each: string) =>
      (await ask({ port: proxy.port, path: '/api/v1/pipelines', headers: { cookie: each } })).status
    expect(await Promise.all([cookie, `sluice_session=${session}`, ''].map(statusWith))).toEqual([200, 401, 401])
  })

  test.skipIf(skipped)('knows who asks by the proxy, and not by what they write themselves', async () => {
    const cookie = cookieOf((await signIn(proxy.port)).headers).split(';')[0] ?? ''
    const forged = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' }
    const path = '/api/v1/pipelines/sales/runs'
    const made = await ask({
      port: proxy.port,
      path,
      method: 'POST',
      headers: { ...json, ...forged, cookie, origin: `https://${name}` },
      body: '{}',
    })
    expect([made.status, made.text]).toEqual([201, expect.stringContaining('sales')])
    const audit = platform.sluice('audit', 'list', '--json').stdout
    expect(audit).toContain(person)
    expect(audit).not.toContain('203.0.113.9')
    // Past the proxy the same headers are those of anybody.
    const beside = await signIn(upstream, true, forged)
    expect([beside.status, cookieOf(beside.headers)]).toEqual([200, expect.stringMatching(/^sluice_session/)])
    expect(cookieOf(beside.headers)).not.toContain('Secure')
    expect(beside.headers['strict-transport-security']).toBeUndefined()
  })

  test.skipIf(skipped)('sends the events of a run while the stream is open, and ends it for a reader that has gone', async () => {
    const cookie = cookieOf((await signIn(proxy.port)).headers).split(';')[0] ?? ''
    const stream = await open({ port: proxy.port, path: '/api/v1/events', headers: { cookie } })
    expect([stream.statusCode, stream.headers['content-type']]).toEqual([200, expect.stringContaining('text/event-stream')])
    const seen = new Promise<string>((resolve) => {
      let text = ''
      stream.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
        if (/"state":"success"/.test(text)) resolve(text)
      })
    })
    const path = '/api/v1/pipelines/sales/runs'
    const headers = { ...json, cookie, origin: `https://${name}` }
    expect((await ask({ port: proxy.port, path, method: 'POST', headers, body: '{}' })).status).toBe(201)
    expect(await seen).toContain('event: run')
    stream.destroy()
  })
})

test('a server that speaks TLS itself takes nobody at their word, and nothing in plain text', async () => {
  await using platform = await platformOnDisk({
    ...shop,
    'tls/certificate.pem': pair.certificate,
    'tls/key.pem': pair.key,
    '.env': `SLUICE_ALLOWED_HOSTS=${name}\nSLUICE_TLS_CERTIFICATE=tls/certificate.pem\nSLUICE_TLS_KEY=tls/key.pem\n`,
  })
  const server = await platform.stay('Sign in:', 'start', '--port', '0')
  const [, link = ''] = /Sign in: (\S+)/.exec(server.output()) ?? []
  const { hostname, port, searchParams } = new URL(link)
  expect([hostname, new URL(link).protocol]).toEqual([name, 'https:'])
  const headers = { ...json, 'x-forwarded-proto': 'http', 'x-forwarded-for': '203.0.113.9' }
  const body = JSON.stringify({ code: searchParams.get('code') })
  const signed = await ask({ port: Number(port), path: '/login/link', method: 'POST', headers, body })
  expect([signed.status, cookieOf(signed.headers)]).toEqual([200, expect.stringMatching(/^__Host-sluice_session=.*; Secure/)])
  await expect(ask({ port: Number(port), path: '/login', plain: true })).rejects.toThrow()
  const audit = platform.sluice('audit', 'list', '--json').stdout
  expect(audit).toContain(person)
  expect(audit).not.toContain('203.0.113.9')
})
