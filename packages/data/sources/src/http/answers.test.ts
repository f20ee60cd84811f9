import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Connection, Logger } from '@sluice/author'
import { isSluiceError, type SluiceError } from '@sluice/core'
import { afterEach, expect, test } from 'vitest'
import { createHttpClient } from './client.ts'
import { fetchPage } from './landing.ts'
import type { HttpRequest } from './request.ts'

const body = '{"data":[{"id":"a"}],"x":"é😀"}'
const lines: unknown[] = []
const log: Logger = { debug() {}, info: (...line) => lines.push(line), warn: (...line) => lines.push(line), error() {} }

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
  lines.length = 0
})

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A server that answers as it is told, and what it was asked. */
async function serve(answer: Answer): Promise<{ readonly url: string; readonly port: number; readonly asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, asked }
}

const client = () =>
  createHttpClient({
    log,
    retry: { attempts: 2, delayMs: 1, backoff: 'constant', maxDelayMs: 1 },
    timeoutMs: 5_000,
    idleTimeoutMs: 5_000,
    sleep: async () => {},
  })

const answering =
  (headers: Record<string, string>, content: string | Uint8Array, status = 200): Answer =>
  (_, response) => {
    response.writeHead(status, headers)
    response.end(content)
  }

async function textOf(answer: Answer, request: Partial<HttpRequest> = {}): Promise<string> {
  const { url } = await serve(answer)
  return await (await client().request({ url, ...request })).text()
}

async function failure(answer: Answer, request: Partial<HttpRequest> = {}): Promise<SluiceError> {
  const thrown = await textOf(answer, request).catch((error: unknown) => error)
  if (!isSluiceError(thrown)) throw new Error(`expected a SluiceError, got ${String(thrown)}`)
  return thrown
}

const packers = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  'raw deflate': deflateRawSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
} as const
const codingOf = (name: string): string => name.replace('raw ', '')

test.each(Object.entries(packers))('a body in %s comes out whole; cut off at any byte, or damaged, it is refused', async (name, pack) => {
  const coding = { 'content-encoding': codingOf(name) }
  const packed = pack(Buffer.from(body.repeat(20)))
  expect(await textOf(answering(coding, packed))).toBe(body.repeat(20))
  let at = 1
  const { url } = await serve((_, response) => {
    response.writeHead(200, coding)
    response.end(packed.subarray(0, at))
  })
  const http = createHttpClient({ log, retry: { attempts: 1, delayMs: 1, backoff: 'constant', maxDelayMs: 1 } })
  for (; at < packed.length; at++) {
    const read = http.request({ url }).then((response) => response.text())
    await expect(read, `${at} of ${packed.length} bytes`).rejects.toMatchObject({ code: 'source.malformed', kind: 'retryable' })
  }
})

test('codings one upon the other, several members, a wrong checksum, a header that lies', async () => {
  const wrong = Buffer.from(gzipSync(body))
  wrong.writeUInt8(wrong.readUInt8(wrong.length - 6) ^ 0xff, wrong.length - 6)
  expect(await textOf(answering({ 'content-encoding': 'gzip, br' }, brotliCompressSync(gzipSync(body))))).toBe(body)
  expect(await textOf(answering({ 'content-encoding': 'gzip' }, Buffer.concat([gzipSync('[1,'), gzipSync('2]')])))).toBe('[1,2]')
  for (const content of [wrong, body])
    expect((await failure(answering({ 'content-encoding': 'gzip' }, content))).code).toBe('source.malformed')
  expect((await failure(answering({ 'content-encoding': 'compress' }, body))).code).toBe('source.malformed')
})

test('streams of zstd one behind the other are one body, and bytes behind the end of another coding are refused', async () => {
  const [half, rest] = [zstdCompressSync('[1,'), zstdCompressSync(`${' '.repeat(300_000)}2]`)]
  const whole = `[1,${' '.repeat(300_000)}2]`
  const packed = Buffer.concat([half, rest])
  for (const size of [1, 7, half.length, packed.length]) {
    const inPieces: Answer = (_, response) => {
      response.writeHead(200, { 'content-encoding': 'zstd' })
      for (let at = 0; at < packed.length; at += size) response.write(packed.subarray(at, at + size))
      response.end()
    }
    expect(await textOf(inPieces)).toBe(whole)
  }
  for (const cut of [1, 5, rest.length - 1])
    expect((await failure(answering({ 'content-encoding': 'zstd' }, Buffer.concat([half, rest.subarray(0, cut)])))).code).toBe(
      'source.malformed',
    )
  for (const [name, pack] of Object.entries({ br: brotliCompressSync, deflate: deflateSync, zstd: zstdCompressSync }))
    expect((await failure(answering({ 'content-encoding': name }, Buffer.concat([pack(body), Buffer.from('more')])))).code).toBe(
      'source.malformed',
    )
})

test.each([
  ['no content', answering({}, '', 204), 'source.no_content'],
  ['a reset of content', answering({}, '', 205), 'source.no_content'],
  ['an empty body', answering({}, ''), 'source.empty'],
  ['an empty body that says it is compressed', answering({ 'content-encoding': 'gzip' }, ''), 'source.empty'],
  ['a compressed empty body', answering({ 'content-encoding': 'gzip' }, gzipSync('')), 'source.empty'],
  ['HTML by its type', answering({ 'content-type': 'text/html; charset=utf-8' }, '<html>maintenance</html>'), 'source.html'],
  ['HTML that says it is JSON', answering({ 'content-type': 'application/json' }, '\n <!DOCTYPE html><html>'), 'source.html'],
  ['HTML without a type', answering({}, '<!-- proxy --><HTML>login</HTML>'), 'source.html'],
  ['HTML behind a declaration of XML', answering({}, '<?xml version="1.0"?>\n<!DOCTYPE html><html>'), 'source.html'],
  ['HTML behind many empty lines', answering({}, `${'\n'.repeat(3_000)}<html><body>down</body></html>`), 'source.html'],
  ['nothing but space', answering({ 'content-type': 'application/json' }, ' \r\n\t\n'), 'source.empty'],
  ['a piece of markup', answering({ 'content-type': 'application/json' }, '<div>Login</div>'), 'source.malformed'],
  [
    'an error of a store in XML',
    answering({ 'content-type': 'application/json' }, '<Error><Code>SlowDown</Code></Error>'),
    'source.malformed',
  ],
  ['a sentence', answering({ 'content-type': 'text/plain' }, 'Too many connections'), 'source.malformed'],
  ['a sentence that begins as a number', answering({ 'content-type': 'text/plain' }, '404 page not found\n'), 'source.malformed'],
  ['a word that begins as null', answering({}, 'nothing here'), 'source.malformed'],
  ['a picture', answering({ 'content-type': 'image/png' }, 'x'), 'source.content_type'],
  ['XML', answering({ 'content-type': 'application/xml' }, '<a/>'), 'source.content_type'],
  ['a part that nobody asked for', answering({ 'content-range': 'bytes 0-10/100' }, body, 206), 'source.partial'],
  [
    'bytes that are not the UTF-8 they say',
    answering({ 'content-type': 'application/json; charset=utf-8' }, Buffer.from('{"x":"é"}', 'latin1')),
    'source.charset',
  ],
  ['bytes that are not UTF-8 and say nothing', answering({}, Buffer.from('{"x":"é"}', 'latin1')), 'source.charset'],
  ['a character cut off at the end', answering({}, Buffer.from('"é').subarray(0, 2)), 'source.charset'],
  ['UTF-16 that says nothing', answering({}, Buffer.from('{"data":[]}', 'utf16le')), 'source.charset'],
  ['half a unit of UTF-16', answering({}, Buffer.from('\ufeff{}', 'utf16le').subarray(0, 5)), 'source.charset'],
  ['a charset that nobody knows', answering({ 'content-type': 'application/json; charset=klingon' }, body), 'source.charset'],
  ['UTF-32', answering({}, Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0])), 'source.charset'],
] as const)('%s is told by its own code', async (_, answer, code) => {
  const error = await failure(answer)
  expect(error.code).toBe(code)
  expect(error.next).toMatch(/\.$/)
})

test('a request says what it expects: nothing, bytes, a part, text', async () => {
  expect(await textOf(answering({}, '', 204), { expects: 'any' })).toBe('')
  expect(await textOf(answering({}, '', 204), { method: 'POST' })).toBe('')
  expect(await textOf(answering({ 'content-type': 'text/html' }, '<html>'), { expects: 'any' })).toBe('<html>')
  expect(await textOf(answering({}, body, 206), { headers: { Range: 'bytes=0-9' } })).toBe(body)
  expect(await textOf(answering({ 'content-type': 'text/csv' }, 'a,b\n'), { headers: { accept: 'text/csv' } })).toBe('a,b\n')
  for (const type of ['text/plain', 'application/problem+json', 'application/octet-stream', 'text/javascript; charset="utf-8"'])
    expect(await textOf(answering({ 'content-type': type }, body))).toBe(body)
  const { url } = await serve(answering({ 'content-type': 'application/zip' }, Buffer.from([0xff, 0xfe, 0x50, 0])))
  const bytes = await Array.fromAsync((await client().request({ url, expects: 'bytes' })).body)
  expect(Buffer.concat(bytes)).toEqual(Buffer.from([0xff, 0xfe, 0x50, 0]))
})

test.each([
  ['latin-1 by the header', { 'content-type': 'application/json; charset=iso-8859-1' }, Buffer.from('{"x":"é"}', 'latin1'), '{"x":"é"}'],
  ['windows-1250 by the header', { 'content-type': 'text/plain; charset=windows-1250' }, Buffer.from([0x22, 0x9a, 0xe8, 0x22]), '"šč"'],
  ['a charset in single quotes', { 'content-type': "application/json; charset='utf-8'" }, body, body],
  [
    'UTF-16, big end first, where the header leaves the order open',
    { 'content-type': 'application/json; charset=utf-16' },
    Buffer.from(body, 'utf16le').swap16(),
    body,
  ],
  [
    'UTF-16, small end first, where the header leaves the order open',
    { 'content-type': 'application/json; charset=utf-16' },
    Buffer.from(body, 'utf16le'),
    body,
  ],
  [
    'UTF-16 by the header and a mark',
    { 'content-type': 'application/json; charset=utf-16' },
    Buffer.from(`\ufeff${body}`, 'utf16le'),
    body,
  ],
  ['UTF-16 by a mark', {}, Buffer.from(`\ufeff${body}`, 'utf16le'), body],
  ['UTF-16, big end first, by a mark', {}, Buffer.from(`\ufeff${body}`, 'utf16le').swap16(), body],
  [
    'UTF-16, big end first, by the header',
    { 'content-type': 'application/json; charset=utf-16be' },
    Buffer.from(body, 'utf16le').swap16(),
    body,
  ],
  ['a mark of UTF-8', {}, `\ufeff${body}`, body],
  ['a mark of UTF-8 against the header', { 'content-type': 'application/json; charset=latin1' }, `\ufeff${body}`, body],
  ['three bytes', {}, '{}\n', '{}\n'],
] as const)('text becomes UTF-8 without a mark: %s', async (_, headers, content, expected) => {
  expect(await textOf(answering(headers, content))).toBe(expected)
  // Cut apart at every byte.
  const bytes = Buffer.from(content)
  const trickling: Answer = (_request, response) => {
    response.writeHead(200, headers)
    for (const byte of bytes) response.write(Uint8Array.of(byte))
    response.end()
  }
  expect(await textOf(trickling)).toBe(expected)
})

test.each(['{}', ' [1]', '"x"', '1', '-1.5e3\n', '1\n2\n', 'true', 'false\n', 'null', '\n\n{"a":\n1}', '[', '{"a":1}\n{"a":2}\n'])(
  'JSON begins in each of its ways: %j',
  async (text) => {
    expect(await textOf(answering({ 'content-type': 'application/json' }, text))).toBe(text)
    const inBytes: Answer = (_, response) => {
      for (const byte of Buffer.from(text)) response.write(Uint8Array.of(byte))
      response.end()
    }
    expect(await textOf(inBytes)).toBe(text)
  },
)

test('a body has a limit of bytes, and of what it may become when it is decompressed', async () => {
  const bomb = gzipSync(Buffer.alloc(40 * 2 ** 20, ' '))
  const error = await failure(answering({ 'content-encoding': 'gzip' }, bomb))
  expect(error).toMatchObject({ code: 'source.too_large', kind: 'permanent', next: expect.stringContaining('maxRatio') })
  expect((await textOf(answering({ 'content-encoding': 'gzip' }, bomb), { maxRatio: 2_000 })).length).toBe(40 * 2 ** 20)
  expect((await failure(answering({}, body), { maxBytes: 20 })).code).toBe('source.too_large')
})

test('nothing for a while, and too long in all, are two limits', async () => {
  const dripping: Answer = (_, response) => {
    const drip = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(drip))
  }
  expect((await failure(dripping, { idleTimeoutMs: 10_000, timeoutMs: 200 })).message).toMatch(/no complete answer within 200 ms$/)
  const silent: Answer = (_, response) => void response.write('{"half":')
  expect((await failure(silent, { idleTimeoutMs: 100 })).message).toMatch(/sent nothing for 100 ms$/)
  expect((await failure(() => {}, { idleTimeoutMs: 100 })).code).toBe('source.timeout')
})

test('a bound may be longer than the timers of Node, and is refused where it is not a number above 0', async () => {
  const late: Answer = (_, response) => void setTimeout(() => response.end('{}'), 50)
  for (const bound of [Number.POSITIVE_INFINITY, 2 ** 31, 1e13])
    expect(await textOf(late, { timeoutMs: bound, idleTimeoutMs: bound })).toBe('{}')
  for (const bound of [0, -1, Number.NaN]) expect((await failure(late, { timeoutMs: bound })).code).toBe('source.bad_request')
  expect((await failure(late, { maxBytes: -1 })).code).toBe('source.bad_request')
})

test('a request that cannot be sent is permanent, and tells no value of a secret', async () => {
  const { url, port, asked } = await serve(answering({}, '{}'))
  const odd: Partial<HttpRequest>[] = [
    { headers: { 'x-api-key': 'SECRET\n' } },
    { headers: { 'x-api-key': 'SECRET→' } },
    { headers: { 'x y': '1' } },
    { url: 'page/2' },
    { url: 'ftp://example.org/' },
    { url: `http://%zz:SECRET@127.0.0.1:${port}/` },
  ]
  for (const request of odd) {
    const thrown = await client()
      .request({ url, ...request })
      .catch((error: unknown) => error)
    expect(thrown).toMatchObject({ code: 'source.bad_request', kind: 'permanent', next: expect.stringMatching(/\.$/) })
    expect((thrown as SluiceError).message).not.toContain('SECRET')
  }
  expect(asked).toEqual([])
})

test('a switch to another protocol ends the request', async () => {
  const switching: Answer = (request) =>
    void request.socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')
  expect((await failure(switching)).code).toBe('source.network')
})

test('a body that ends with its connection is not whole when the connection was reset', async () => {
  const resetting: Answer = (request) => {
    request.socket.write('HTTP/1.1 200 OK\r\n\r\n{"half":')
    setTimeout(() => request.socket.resetAndDestroy(), 50)
  }
  expect((await failure(resetting)).code).toBe('source.network')
  const closing: Answer = (request) => void request.socket.end(`HTTP/1.1 200 OK\r\n\r\n${body}`)
  expect(await textOf(closing)).toBe(body)
})

test.each([
  ['a length that is longer than the body', `HTTP/1.1 200 OK\r\ncontent-length: 1000\r\nconnection: close\r\n\r\n${body}`],
  ['a chunk that is cut off', `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\n${body.slice(0, 16)}\r\n`],
])('%s is source.network', async (_, raw) => {
  expect((await failure((request) => void request.socket.end(raw))).code).toBe('source.network')
})

test('a refusal is read as far as it is worth', async () => {
  let sent = 0
  const endless: Answer = (_, response) => {
    response.writeHead(500)
    const piece = Buffer.alloc(2 ** 20, 'x')
    const pour = (): void => {
      while (!response.destroyed && sent < 2 ** 28) {
        sent += piece.length
        if (!response.write(piece)) return void response.once('drain', pour)
      }
      response.end()
    }
    pour()
  }
  const error = await failure(endless)
  expect(error).toMatchObject({ code: 'source.server_error', facts: { body: 'x'.repeat(500) } })
  expect(sent).toBeLessThan(2 ** 27)
})

test('403 that says when to come again is a rate limit, and so is one that has nothing left', async () => {
  const soon = Math.floor(Date.now() / 1_000) + 3_600
  const limited = await failure(answering({ 'retry-after': '60' }, '{}', 403))
  expect(limited).toMatchObject({ code: 'source.rate_limited', kind: 'retryable', retryAfterMs: 60_000 })
  const spent = await failure(answering({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(soon) }, '{}', 403))
  expect(spent.code).toBe('source.rate_limited')
  expect(spent.retryAfterMs).toBeGreaterThan(60_000)
  expect((await failure(answering({}, '{}', 403))).code).toBe('source.unauthorized')
  // Of services that ban an address for a while, and the others that say when to come again.
  for (const status of [400, 404, 413, 418, 420, 423])
    expect(await failure(answering({ 'retry-after': '60' }, '{}', status))).toMatchObject({
      code: 'source.rate_limited',
      retryAfterMs: 60_000,
    })
  expect((await failure(answering({ 'retry-after': '60' }, '{}', 401))).code).toBe('source.unauthorized')
  expect((await failure(answering({}, '{}', 418))).code).toBe('source.client_error')
  // What says nothing of its length is waited out for minutes.
  for (const odd of ['1.5', '-5', 'soon'])
    expect((await failure(answering({ 'retry-after': odd }, '{}', 429))).retryAfterMs, odd).toBe(300_000)
})

const to = (location: string, status = 302): Answer => answering({ location }, '', status)

test('a redirect in a circle is permanent, after each of its steps was asked once', async () => {
  const { url, asked } = await serve((request, response) => to(request.url === '/a' ? '/b' : '/a')(request, response))
  await expect(client().request({ url: `${url}/a` })).rejects.toMatchObject({ code: 'source.redirected', kind: 'permanent' })
  expect(asked.map((request) => request.url)).toEqual(['/a', '/b'])
  let step = 0
  const endless = await serve((request, response) => to(`/${++step}`)(request, response))
  await expect(client().request({ url: endless.url })).rejects.toMatchObject({ code: 'source.redirected' })
  expect(endless.asked.length).toBe(11)
})

const secrets = {
  headers: {
    Authorization: 'Bearer top-secret',
    'X-Api-Key': 'key-secret',
    cookie: 'c=cookie-secret',
    'X-Custom': 'custom-secret',
    'X-Tenant': 'tenant-unsaid',
    'Accept-Language': 'fr-unsaid',
  },
  secrets: ['x-custom', 'accept-language'],
}

test('within its host a redirect keeps what was asked; another host is asked only where it is named, and is told no secret', async () => {
  const other = await serve(answering({}, '"other"'))
  const { url, asked } = await serve((request, response) => {
    if (request.url?.startsWith('/echo'))
      return to(`http://localhost:${other.port}/x${request.url.slice(5)}&sig=of-the-target`)(request, response)
    if (request.url === '/far') return to(`http://localhost:${other.port}/x`)(request, response)
    return (request.url === '/near' ? to('/here', 307) : answering({}, '"here"'))(request, response)
  })
  expect(await (await client().request({ url: `${url}/near`, ...secrets })).text()).toBe('"here"')
  expect(asked.at(-1)?.headers).toMatchObject({ authorization: 'Bearer top-secret', 'x-api-key': 'key-secret', cookie: 'c=cookie-secret' })

  const error = await client()
    .request({ url: `${url}/far`, ...secrets })
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'source.redirected', next: expect.stringContaining("redirects: ['localhost']") })
  expect(other.asked).toHaveLength(0)

  const named = { ...secrets, redirects: ['localhost'] }
  expect(await (await client().request({ url: `${url}/far`, ...named })).text()).toBe('"other"')
  const arrived = JSON.stringify([other.asked[0]?.rawHeaders, other.asked[0]?.url])
  for (const untold of ['top-secret', 'key-secret', 'cookie-secret', 'custom-secret', 'unsaid']) expect(arrived).not.toContain(untold)
  // A service may repeat what it was asked with; a signature of the place that it leads to is needed there.
  await client().request({ url: `${url}/echo?api_key=echoed-key&page=2`, redirects: ['localhost'] })
  expect(other.asked.at(-1)?.url).toBe('/x?page=2&sig=of-the-target')
  await expect(client().request({ url: `${url}/far`, method: 'POST', body: 'client_secret=1', ...named })).resolves.toBeDefined()
  expect(other.asked.at(-1)?.method).toBe('GET')
})

test.each([
  [301, 'GET', ''],
  [302, 'GET', ''],
  [303, 'GET', ''],
  [307, 'POST', 'a=1'],
  [308, 'POST', 'a=1'],
])('after %d a request that was sent with a body goes on as %s', async (status, method, body) => {
  const got: string[] = []
  const { url } = await serve((request, response) => {
    if (request.url === '/') return void request.resume().on('end', () => to('/there', status)(request, response))
    request.on('data', (piece: Buffer) => got.push(piece.toString()))
    request.on('end', () => answering({}, JSON.stringify(request.method))(request, response))
  })
  expect(await (await client().request({ url, method: 'POST', body: 'a=1' })).text()).toBe(JSON.stringify(method))
  expect(got.join('')).toBe(body)
})

test('values of secrets in a URL are neither landed nor logged nor told by an error, by their names or because they are named', async () => {
  const names =
    'key api_key apiKey access_token token signature sig X-Amz-Signature client_secret password refresh_token Authorization api_token private_token PRIVATE-TOKEN user_key auth_key consumer_key bot_token mine'
  const query = Object.fromEntries(names.split(' ').map((name, at) => [name, `SECRET${at}-${name}`]))
  const harmless = {
    page: '2',
    page_token: 'p3',
    nextToken: 'n',
    'continuation-token': 'c',
    resumptionToken: 'r',
    sort_key: 'k',
    sort_by: 'keyword',
    tokens: '7',
  }
  const echo: Answer = (request, response) =>
    answering({}, JSON.stringify(request.url), request.url?.startsWith('/no') ? 400 : 200)(request, response)
  const { url, asked } = await serve(echo)
  const { page } = await fetchPage(client(), 's', { url, query: { ...query, ...harmless }, secrets: ['mine'] })
  expect(asked[0]?.url).toContain('SECRET0')
  expect(page.request).not.toContain('SECRET')
  expect(page.request).toContain('key=***')
  for (const [name, value] of Object.entries(harmless)) expect(page.request).toContain(`${name}=${value}`)
  const refused = await client()
    .request({ url: `${url}/no`, query, secrets: ['mine'] })
    .catch((thrown: unknown) => thrown)
  expect(refused).toMatchObject({ code: 'source.client_error' })
  expect(JSON.stringify([refused, (refused as SluiceError).facts, lines])).not.toContain('SECRET')
})

test('the connection places its token, at its own origin alone', async () => {
  const { url, asked } = await serve(answering({}, '{}'))
  const at = (rest: Partial<Connection>): Connection => ({ name: 'maps', type: 'http', url: `${url}/v1`, token: 'top-secret', ...rest })
  const ask = async (connection: Connection, path = '/v1/x') => {
    const { page } = await fetchPage(client(), 's', { url: `${url}${path}`, connection })
    return { request: page.request, url: asked.at(-1)?.url, headers: asked.at(-1)?.headers }
  }
  expect((await ask(at({}))).headers).toMatchObject({ authorization: 'Bearer top-secret' })
  expect((await ask(at({ tokenIn: { header: 'X-CMC_PRO_API_KEY' } }))).headers).toMatchObject({ 'x-cmc_pro_api_key': 'top-secret' })
  const byQuery = await ask(at({ tokenIn: { query: 'k' } }))
  expect([byQuery.url, byQuery.request]).toEqual(['/v1/x?k=top-secret', `GET ${url}/v1/x?k=***`])
  expect((await ask(at({ url: 'https://elsewhere.example' }))).headers?.authorization).toBeUndefined()
})

test('a body that is longer than what is kept for its check is landed, and has no text', async () => {
  const { url } = await serve(answering({}, body))
  const kept = await fetchPage(client(), 's', { url }, undefined, { keepBytes: 10 })
  const pieces = typeof kept.page.body === 'string' ? [] : await Array.fromAsync(kept.page.body)
  expect(Buffer.concat(pieces).toString()).toBe(body)
  expect(() => kept.text()).toThrow(expect.objectContaining({ code: 'source.too_large' }))
})
