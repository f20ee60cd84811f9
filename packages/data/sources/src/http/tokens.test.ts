import type { Connection, Logger } from '@sluice/author'
import { start } from '@sluice/simulator-shop'
import { expect, test } from 'vitest'
import { createHttpClient } from './client.ts'
import type { HttpResponse } from './request.ts'
import { keyOf, opened, sealed } from './sealed.ts'
import { accessTokens, type TokenKeep, tokensHere } from './tokens.ts'

const lines: string[] = []
const write = (message: string, facts?: object): void => void lines.push(`${message} ${JSON.stringify(facts)}`)
const log: Logger = { debug: write, info: write, warn: write, error: write }

const connection = (url: string, more: object = {}): Connection => ({
  ...{ name: 'shop', type: 'http', url, token: undefined },
  auth: { kind: 'oauth', tokenUrl: '/oauth/token', clientId: 'shop', clientSecret: 'demo-key', refreshToken: 'demo-key', ...more },
})
const client = (tokens: TokenKeep, now: () => number = Date.now) =>
  createHttpClient({ log, tokens, now, timeoutMs: 600_000, sleep: async () => {} })
const orders = (at: Connection) => ({ connection: at, url: `${at.url}/orders`, query: { limit: 1 } })

test.each([
  ['header', { token: 'demo-key', tokenIn: { header: 'x-api-key' } }],
  ['query', { token: 'demo-key', tokenIn: { query: 'api_key' } }],
  ['bearer', { token: 'demo-key' }],
  ['basic', { token: undefined, auth: { kind: 'basic', user: 'shop', password: 'demo-key' } }],
] as const)('a connection signs in by %s, and no line of the log holds its key', async (signIn, more) => {
  await using shop = await start({ signIn })
  const at: Connection = { name: 'shop', type: 'http', url: shop.url, ...more }
  expect((await client(tokensHere()).request(orders(at))).status).toBe(200)
  await expect(client(tokensHere()).request({ url: `${shop.url}/orders` })).rejects.toMatchObject({ code: 'source.unauthorized' })
  expect(lines.join('\n')).not.toMatch(/demo-key|c2hvcDpkZW1vLWtleQ/)
})

test('a client asks for itself, in the body or as HTTP Basic', async () => {
  for (const clientIn of ['body', 'basic'] as const) {
    await using shop = await start({ signIn: 'oauth' })
    const at = connection(shop.url, { refreshToken: undefined, clientIn })
    const http = client(tokensHere())
    for (let n = 0; n < 3; n++) expect((await http.request(orders(at))).status).toBe(200)
    expect(shop.tokens().given).toBe(1)
  }
})

test('a refresh token that is replaced is kept before the access token is used, and sealed', async () => {
  await using shop = await start({ signIn: 'oauth' })
  const happened: string[] = []
  const kept: string[] = []
  const inner = tokensHere()
  const tokens: TokenKeep = {
    lasts: true,
    alone: (name, work) =>
      inner.alone(name, (text, keep) =>
        work(text, async (sealedText) => {
          happened.push(`kept, ${shop.requests().filter(({ path }) => path === '/v1/orders').length} requests before it`)
          kept.push(sealedText)
          await keep(sealedText)
        }),
      ),
  }
  const at = connection(shop.url)
  await client(tokens).request(orders(at))
  expect(happened).toEqual(['kept, 0 requests before it'])
  expect(shop.tokens().refresh).not.toBe('demo-key')
  const key = keyOf(['shop', 'demo-key', 'demo-key', ''], 'shop')
  expect(JSON.parse(opened(key, kept[0] ?? '') ?? '')).toMatchObject({ refresh: shop.tokens().refresh })
  expect(kept[0]).not.toContain(shop.tokens().refresh)
  // Another process, which knows the first refresh token alone, goes on with what was kept.
  shop.expireTokens()
  await client(tokens).request(orders(at))
  expect(shop.tokens().given).toBe(2)
})

test('what a token service asks for beside the credentials is sent, and an answer that is odd is told by its field', async () => {
  await using shop = await start({ signIn: 'oauth', tokenAsks: { audience: 'https://shop.example' } })
  const own = { refreshToken: undefined }
  const params = { audience: 'https://shop.example' }
  expect((await client(tokensHere()).request(orders(connection(shop.url, { ...own, params })))).status).toBe(200)
  const refused = client(tokensHere()).request(orders(connection(shop.url, own)))
  await expect(refused).rejects.toMatchObject({ message: 'the token service of shop refuses: invalid_request (400)' })
  const answers = {
    access_token: [{}, { access_token: '' }, null],
    expires_in: [{ access_token: 'a', expires_in: 'soon' }],
    refresh_token: [{ access_token: 'a', refresh_token: 5 }],
  }
  for (const [field, odd] of Object.entries(answers)) {
    for (const answer of odd) {
      const tokens = accessTokens(tokensHere(), async () => ({ text: async () => JSON.stringify(answer) }) as HttpResponse)
      await expect(tokens.of(connection(shop.url) as never)).rejects.toMatchObject({ code: 'source.schema', facts: { field } })
    }
  }
})

test('many who need a new token at once ask for one, and none loses the newer', async () => {
  await using shop = await start({ signIn: 'oauth' })
  const tokens = tokensHere()
  const at = connection(shop.url)
  const clients = Array.from({ length: 6 }, () => client(tokens))
  for (let round = 1; round <= 3; round++) {
    const answers = await Promise.all(clients.map((each) => each.request(orders(at))))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
    expect(shop.tokens().given).toBe(round)
    shop.expireTokens()
  }
})

test('a token that expires in the middle is renewed before its time, one that is taken back when it is refused', async () => {
  const clock = { now: 1_800_000_000_000 }
  await using shop = await start({ signIn: 'oauth', tokenMs: 120_000, now: () => clock.now })
  const at = connection(shop.url)
  const http = client(tokensHere(), () => clock.now)
  await http.request(orders(at))
  const refusals = (): number => shop.requests().filter(({ status }) => status === 401).length
  shop.expireTokens()
  await http.request(orders(at))
  expect([shop.tokens().given, refusals()]).toEqual([2, 1])
  clock.now += 59_000
  await http.request(orders(at))
  expect([shop.tokens().given, refusals()]).toEqual([2, 1])
  clock.now += 2_000
  await http.request(orders(at))
  expect([shop.tokens().given, refusals()]).toEqual([3, 1])
})

test('a refresh token that is spent is told as such, without it and without the secret', async () => {
  await using shop = await start({ signIn: 'oauth' })
  const refused = client(tokensHere()).request(orders(connection(shop.url, { refreshToken: 'spent-refresh-token' })))
  await expect(refused).rejects.toMatchObject({
    code: 'source.unauthorized',
    message: 'the token service of shop refuses: invalid_grant (400)',
    next: expect.stringMatching(/agree once more/),
  })
  await expect(client(tokensHere()).request(orders(connection(shop.url, { clientSecret: 'wrong-secret' })))).rejects.toMatchObject({
    message: 'the token service of shop refuses: invalid_client (401)',
  })
  expect(lines.join('\n')).not.toMatch(/spent-refresh-token|wrong-secret/)
})

test('a process that keeps nothing asks no service for what would replace a refresh token', async () => {
  const asked = client(tokensHere()).request(orders(connection('http://service.invalid/v1')))
  await expect(asked).rejects.toMatchObject({ code: 'source.bad_request', next: expect.stringMatching(/^Run it on the platform/) })
})

test('what was sealed is opened with its key alone, and whole', () => {
  const key = keyOf(['a', 'b'], 'shop')
  const text = sealed(key, 'hush')
  expect(opened(key, text)).toBe('hush')
  expect(sealed(key, 'hush')).not.toBe(text)
  expect([keyOf(['a', 'c'], 'shop'), keyOf(['ab', ''], 'shop'), keyOf(['a', 'b'], 'other')].map((other) => opened(other, text))).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  for (let at = 0; at < Buffer.from(text, 'base64').length; at++) {
    const bytes = Buffer.from(text, 'base64')
    bytes[at] = (bytes[at] ?? 0) ^ 1
    expect(opened(key, bytes.toString('base64'))).toBeUndefined()
  }
  expect(opened(key, 'short')).toBeUndefined()
})
