import { generateKeyPairSync, verify } from 'node:crypto'
import { inspect } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { gcsStore, serviceAccountToken } from './gcs.ts'
import { environmentCredentials, s3Store } from './s3.ts'
import { removeTemporaryFolders, temporaryFolder } from './testing/location.ts'
import { scriptedServer } from './testing/scripted-server.ts'

afterAll(removeTemporaryFolders)
const stage = () => ({ folder: temporaryFolder() })
const retry = { attempts: 3, delayMs: () => 0 }
const expired = '<Error><Code>ExpiredToken</Code></Error>'
const noKeys = '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'

test('the environment gives credentials or the name of the variable that is missing', () => {
  const environment = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c' }
  expect(environmentCredentials(environment)).toEqual({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' })
  expect(() => environmentCredentials({ AWS_ACCESS_KEY_ID: 'a' })).toThrow(/AWS_SECRET_ACCESS_KEY/)
})

test('a provider is asked once for many requests, again shortly before the end, and when the store says expired', async () => {
  using server = await scriptedServer((_, index) => (index === 5 ? { status: 400, body: expired } : { status: 200, body: noKeys }))
  let asked = 0
  const credentials = () => {
    asked++
    return Promise.resolve({ accessKeyId: `key${asked}`, secretAccessKey: 's', sessionToken: 't', expiresAtMs: Date.now() + 3_600_000 })
  }
  const store = s3Store({ bucket: 'b', endpoint: server.endpoint, credentials, stage: stage(), retry })
  await Promise.all([1, 2, 3, 4, 5].map(() => store.list('_delta_log')))
  expect(asked).toBe(1)
  await store.list('_delta_log')
  expect(asked).toBe(2)
  expect(server.received.at(-1)?.headers.authorization).toContain('Credential=key2/')
  expect(server.received.at(-1)?.headers['x-amz-security-token']).toBe('t')
  const ending = s3Store({
    bucket: 'b',
    endpoint: server.endpoint,
    credentials: async () => ({ ...(await credentials()), expiresAtMs: Date.now() + 60_000 }),
    stage: stage(),
    retry,
  })
  await ending.list('_delta_log')
  await ending.list('_delta_log')
  expect(asked).toBe(4)
})

test('an error shows no secret, no token and no signature', async () => {
  const body = '<Error><Code>AccessDenied</Code><Message>no</Message></Error>'
  using server = await scriptedServer(() => ({ status: 403, body }))
  const credentials = { accessKeyId: 'PUBLICKEY', secretAccessKey: 'SECRETKEY', sessionToken: 'SESSIONTOKEN' }
  const stores = [
    s3Store({ bucket: 'b', endpoint: server.endpoint, credentials, stage: stage(), retry }),
    gcsStore({ bucket: 'b', endpoint: server.endpoint, token: () => Promise.resolve({ token: 'SESSIONTOKEN' }), stage: stage(), retry }),
  ]
  for (const store of stores) {
    const error: unknown = await store.read('_delta_log/0.json').catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'store.failed', facts: { status: 403, key: '_delta_log/0.json' } })
    expect(inspect(error, { depth: 20 })).not.toMatch(/SECRETKEY|SESSIONTOKEN|Signature=/)
  }
})

test('a listing is read page by page, with the keys decoded', async () => {
  const page = (keys: string, token: string) =>
    `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${token !== ''}</IsTruncated>${token}${keys}</ListBucketResult>`
  const object = (key: string) =>
    `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;e1&quot;</ETag><Size>7</Size></Contents>`
  using server = await scriptedServer(({ url }) => {
    const isSecond = url.includes('continuation-token=1%262')
    const token = isSecond ? '' : '<NextContinuationToken>1&amp;2</NextContinuationToken>'
    return { status: 200, body: page(object(isSecond ? 't/c%2526' : 't/a+b%C3%BC'), token) }
  })
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  const store = s3Store({ bucket: 'b', prefix: '/t/', endpoint: server.endpoint, credentials, stage: stage(), retry })
  const modifiedMs = Date.UTC(2026, 0, 2, 3, 4, 5)
  expect(await store.walk('.')).toEqual([
    { path: 'a bü', size: 7, modifiedMs, mark: 'e1' },
    { path: 'c%26', size: 7, modifiedMs, mark: 'e1' },
  ])
})

test('Amazon is reached under the bucket’s own host, or by path where a certificate would not cover the name', async () => {
  const asked: string[] = []
  const original = globalThis.fetch
  globalThis.fetch = (url) => {
    asked.push(String(url))
    return Promise.resolve(new Response(noKeys))
  }
  try {
    const common = { region: 'eu-west-3', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, stage: stage(), retry }
    await s3Store({ ...common, bucket: 'plain' }).list('x')
    await s3Store({ ...common, bucket: 'with.dots' }).list('x')
    await s3Store({ ...common, bucket: 'plain', pathStyle: true }).list('x')
  } finally {
    globalThis.fetch = original
  }
  expect(asked.map((url) => url.split('?')[0])).toEqual([
    'https://plain.s3.eu-west-3.amazonaws.com/',
    'https://s3.eu-west-3.amazonaws.com/with.dots/',
    'https://s3.eu-west-3.amazonaws.com/plain/',
  ])
})

test('a service account exchanges a signed assertion for a token, which is renewed when the store refuses it', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  let tokens = 0
  using service = await scriptedServer(() => ({
    status: 200,
    body: JSON.stringify({ access_token: `token${++tokens}`, expires_in: 3600 }),
  }))
  using server = await scriptedServer(({ headers }) =>
    headers.authorization === 'Bearer token2' ? { status: 200, body: '{}' } : { status: 401 },
  )
  const key = {
    client_email: 'lake@project.example',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    token_uri: `${service.endpoint}/token`,
  }
  const store = gcsStore({ bucket: 'b', endpoint: server.endpoint, token: serviceAccountToken(key, retry), stage: stage(), retry })
  expect(await store.list('_delta_log')).toEqual([])
  expect(tokens).toBe(2)
  const assertion = new URLSearchParams(service.received[0]?.body).get('assertion') ?? ''
  const [head = '', claims = '', signature = ''] = assertion.split('.')
  expect(verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))).toBe(true)
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ iss: key.client_email, aud: key.token_uri })
})
