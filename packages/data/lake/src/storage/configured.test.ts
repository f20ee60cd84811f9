import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { storageOf } from './configured.ts'

const state = mkdtempSync(join(tmpdir(), 'sluice configured '))
afterAll(() => rmSync(state, { recursive: true, force: true }))

test('without a URL the lake is the folder of the state', async () => {
  const storage = await storageOf(state, null)
  expect([storage.isLocal, storage.locate('shop/silver')]).toEqual([true, join(state, 'lake', 'shop/silver')])
})

test('a URL names bucket and prefix; endpoint, region and credentials are those of the environment', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(
      `${request.method} ${request.url?.split('?')[0]} ${/Credential=([^,]*)/.exec(request.headers.authorization ?? '')?.[1]?.replace(/\/\d+\//, '/day/')}`,
    )
    response.end('<ListBucketResult><CommonPrefixes><Prefix>my/lake/shop/silver/rows/</Prefix></CommonPrefixes></ListBucketResult>')
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', () => resolve())
  await promise
  const address = server.address()
  const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const storage = await storageOf(state, 's3://some-bucket/my/lake/', {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'eu-west-3',
    AWS_ACCESS_KEY_ID: 'an id',
    AWS_SECRET_ACCESS_KEY: 'a key',
  })
  expect([storage.isLocal, storage.locate('shop/silver')]).toEqual([false, 's3://some-bucket/my/lake/shop/silver'])
  expect(await storage.folders('shop/silver')).toEqual(['rows'])
  expect(asked).toEqual(['GET /some-bucket/ an id/day/eu-west-3/s3/aws4_request'])
  server.close()
})

test('missing credentials are named when the bucket is first asked, and so is a key file that is none', async () => {
  const storage = await storageOf(state, 's3://some-bucket', { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })
  await expect(storage.folders('shop/silver')).rejects.toMatchObject({ message: expect.stringContaining('AWS_ACCESS_KEY_ID') })
  const key = join(state, 'key.json')
  writeFileSync(key, '{"type":"authorized_user"}')
  await expect(storageOf(state, 'gs://some-bucket/lake', { GOOGLE_APPLICATION_CREDENTIALS: key })).rejects.toMatchObject({
    code: 'config.invalid',
    facts: { path: key },
  })
  expect((await storageOf(state, 'gs://some-bucket/lake', {})).locate('shop')).toBe('gs://some-bucket/lake/shop')
})

test.each(['https://bucket/lake', 's3:bucket', '/data/lake', 's3:///lake'])('%s is refused with what may be written', async (url) => {
  await expect(storageOf(state, url)).rejects.toMatchObject({ code: 'config.invalid', next: expect.stringContaining('s3://bucket/prefix') })
})
