import { mkdirSync, readFileSync, renameSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PlatformOnDisk, platformOnDisk } from '../../testing/platform-on-disk.ts'
import { shop } from '../../testing/shop.ts'

let platform: PlatformOnDisk
/** Two orders a page, for whoever brings the key. */
let store: Server
const key = 'hush-hush-of-the-store'
const asked: string[] = []
beforeAll(async () => {
  store = createServer((request, response) => {
    asked.push(request.url ?? '')
    const knows = request.headers.authorization === `Bearer ${key}` && !request.url?.startsWith('/closed')
    response.writeHead(knows ? 200 : 401, { 'content-type': 'application/json' })
    response.end(knows ? '{"data":[{"id":1,"status":"paid"},{"id":2,"status":"open"}],"total":9}' : '{"error":"who are you?"}')
  })
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve))
  const { port } = store.address() as AddressInfo
  platform = await platformOnDisk({
    ...shop,
    '.env': `STORE_KEY=${key}\n`,
    'projects/shop/sluice.config.ts': `import { env, httpConnection, project, secret } from 'sluice'
export default project({ name: 'shop', demo: { pipelines: ['sales'] }, connections: {
  store: httpConnection({ url: env('STORE_URL', { default: 'http://127.0.0.1:${port}' }), token: secret('STORE_KEY') }) } })
`,
    'projects/shop/pipelines/web.ts': `import { dataset, integer, json, pipeline, pull, restSource, text } from 'sluice'
const bodies = json('$.data[*]', { id: integer(), status: text() })
const [orders, closed] = [dataset('bronze.orders', { on: 'lake', bodies }), dataset('bronze.closed', { on: 'lake', bodies })]
const of = { connection: 'store', rows: '$.data[*]', pages: { by: 'offset', size: { param: 'limit', rows: 2 }, total: '$.total' } } as const
const from = [restSource({ name: 'orders', path: '/orders', ...of }), restSource({ name: 'closed', path: '/closed', ...of })] as const
export default pipeline({ name: 'web', steps: [pull({ from: from[0], into: orders }), pull({ from: from[1], into: closed })] })
`,
    'projects/shop/pipelines/inbox.ts': `import { bigint, dataset, fileSource, pipeline, pull, text } from 'sluice'
const lines = dataset('silver.lines', { on: 'lake', columns: { id: bigint({ notNull: true }), note: text() }, quarantine: { fail: 0.5 } })
export default pipeline({ name: 'inbox', steps: [pull({ from: fileSource({ folder: 'inbox', ready: { stable: '0s' } }), into: lines })] })
`,
    'projects/shop/inbox/a.csv': 'id,note\n1,one\n2,two\n',
    'projects/shop/inbox/b.csv': 'id,note\n3,three\nx,four\n',
  })
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  store.close()
})

/** Of the server, once one runs. */
let there: readonly string[] = []

function json(...args: readonly string[]): unknown {
  const { status, stdout, stderr } = platform.sluice(...args, '--json', ...there)
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout)
}
const texts = (...args: readonly string[]) => platform.sluice(...args, ...there)
const inbox = (file: string): string => join(platform.root, 'projects/shop/inbox', file)

test('without a server a source is looked at, pulled and listed by the process of the command', () => {
  expect(json('sources', 'list')).toMatchObject([
    { project: 'shop', source: 'closed' },
    { source: 'inbox', files: 0, moved: 0, pulledAt: null },
    { source: 'orders', kind: 'rest-source', files: null, pulledAt: null },
  ])
  expect(json('sources', 'pull', 'inbox', '--dry-run')).toMatchObject({
    counts: { found: 2, new: 2 },
    files: [
      { file: 'a.csv', is: 'new', deed: 'read' },
      { file: 'b.csv', is: 'new' },
    ],
  })
  expect(json('sources', 'preview', 'shop', 'inbox', '--file', 'b.csv', '--limit', '1')).toMatchObject({
    dataset: 'shop:lake.silver.lines',
    file: 'b.csv',
    rowsIn: 2,
    rows: [{ id: 3, note: 'three' }],
    quarantine: [{ line: 3, column: 'id', rule: 'type(id)' }],
  })
  expect(json('sources', 'pull', 'shop', 'inbox')).toMatchObject({
    state: 'success',
    batches: [
      { file: 'a.csv', rowsIn: 2, rowsWritten: 2, rowsQuarantined: 0, detected: { format: 'csv', delimiter: ',' } },
      { file: 'b.csv', rowsIn: 2, rowsWritten: 1, rowsQuarantined: 1 },
    ],
  })
})

test('towards a server all of it is the same: it has the folders and the secrets', async () => {
  const server = await platform.stay('Sluice runs at', 'start')
  const url = /Sluice runs at (\S+)/.exec(server.output())?.[1] ?? ''
  const token = readFileSync(join(platform.stateDir, 'key'), 'utf8').trim()
  there = ['--url', url, '--token', token]
  expect(json('sources', 'pull', 'shop', 'inbox')).toMatchObject({ state: 'success', batches: [] })
  expect(json('sources', 'pull', 'shop', 'inbox', '--file', 'a.csv')).toMatchObject({ batches: [{ file: 'a.csv' }] })
  expect(json('sources', 'list')).toMatchObject([{}, { files: 2, rowsWritten: 3, rowsQuarantined: 1 }, {}])
  mkdirSync(inbox('archive'))
  renameSync(inbox('a.csv'), inbox('archive/a.csv'))
  expect(json('sources', 'pull', 'inbox', '--dry-run')).toMatchObject({ counts: { moved: 1, new: 0, vanished: 0 } })
  expect(texts('sources', 'pull', 'shop', 'inbox', '--dry-run').stdout).toContain('Nothing was written.')
  expect(texts('sources', 'pull', 'inbox').stdout).toContain('archive/a.csv: moved from a.csv')
  expect(json('sources', 'list')).toMatchObject([{}, { files: 2, moved: 1, rowsWritten: 3, rowsQuarantined: 1 }, {}])
  expect(texts('sources', 'preview', 'shop', 'inbox', '--file', 'b.csv').stdout).toContain('2 rows in, 1 would be written, 1 in quarantine')
  const again = texts('sources', 'pull', 'shop', 'inbox', '--file', 'b.csv')
  expect(again.stdout).toContain('b.csv: 2 rows in, 1 written, 1 in quarantine')
  expect(again.stderr).toContain('lake sql shop "select file, row_number, rule, cells from silver.lines__quarantine"')
  const none = texts('sources', 'pull', 'shop', 'inbox', '--file', 'none.csv')
  expect(none).toMatchObject({ status: 1, stdout: expect.not.stringContaining('is new') })
  expect(none.stderr).toMatch(/error \S+ {2}inbox has no file none\.csv.*\nnext /)
  for (const words of [
    ['list', '--project', 'none'],
    ['pull', 'none', 'inbox'],
    ['preview', 'none', 'inbox'],
  ])
    expect(texts('sources', ...words).stderr).toContain('there is no project none')
  expect(texts('sources', 'pull', 'outbox').stderr).toMatch(/no step pulls a source outbox[\s\S]*There are shop closed, shop inbox/)
  expect(texts('sources', 'pull', 'inbxo').stderr).toContain('next   Did you mean shop inbox?')

  // The store is in this process, which has to answer meanwhile.
  const ask = async (verb: string, body: object, source = 'orders') => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${url}/api/v1/sources/${source}/${verb}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: answer.status, text: await answer.text() }
  }
  const previewed = await ask('preview', { limit: 2 })
  expect(JSON.parse(previewed.text)).toMatchObject({ rowsIn: 2, more: true, rows: [{}, {}], file: null, columns: { id: '$.id' } })
  expect(JSON.parse((await ask('plan', {})).text)).toMatchObject({
    folder: null,
    rows: 2,
    more: true,
    asked: expect.stringMatching(/^GET /),
  })
  expect(asked).toEqual(['/orders?limit=2&offset=0', '/orders?limit=2&offset=0'])
  const refused = await ask('preview', {}, 'closed')
  expect(refused).toMatchObject({ status: 422, text: expect.stringContaining('source.unauthorized') })
  for (const { text } of [previewed, refused]) expect(text).not.toContain(key)

  expect(texts('pipelines', 'pause', 'inbox').status).toBe(0)
  expect(texts('sources', 'pull', 'inbox').stderr).toContain('sluice pipelines unpause inbox')
  expect(await server.end('SIGTERM')).toBe(0)
})
