import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bucket, Creation, FoundObject } from './bucket.ts'
import type { GcsTokenSource } from './gcs-token.ts'
import { backoffMs, type HttpAnswer, type HttpRequest, isPassing, type RetryPolicy, refused, send } from './http.ts'
import { remembered } from './remembered.ts'
import type { ByteRange, FileFacts } from './store.ts'

export interface GcsBucketOptions {
  readonly bucket: string
  readonly endpoint: string
  /** Without a token the requests are anonymous, as a local server expects them. */
  readonly token: GcsTokenSource | undefined
  readonly retry: RetryPolicy
  /** A multiple of 256 KiB, as the protocol requires. */
  readonly partBytes: number
}

interface GcsRequest {
  readonly method: HttpRequest['method']
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

interface ObjectResource {
  readonly name?: string
  readonly size?: string
  readonly updated?: string
  readonly generation?: string
}

interface ListPage {
  readonly items?: readonly ObjectResource[]
  readonly prefixes?: readonly string[]
  readonly nextPageToken?: string
}

/**
 * A bucket of Google Cloud Storage through its JSON API. Generation 0 means that the object does not exist, so `ifGenerationMatch=0`
 * creates it.
 */
export function gcsBucket({ bucket, endpoint, token, retry, partBytes }: GcsBucketOptions): Bucket {
  const origin = endpoint.replace(/\/$/, '')
  const objects = `/storage/v1/b/${encodeURIComponent(bucket)}/o`
  const objectAt = (key: string) => `${objects}/${encodeURIComponent(key)}`
  const where = `gs://${bucket}`
  const tokens = token === undefined ? undefined : remembered(token, ({ expiresAtMs }) => expiresAtMs)

  async function prepare({ method, path, query = {}, headers = {}, body }: GcsRequest): Promise<HttpRequest> {
    const search = new URLSearchParams(query).toString()
    const bearer = tokens === undefined ? {} : { authorization: `Bearer ${(await tokens.get()).token}` }
    const url = `${origin}${path}${search === '' ? '' : `?${search}`}`
    return { method, url, headers: { ...bearer, ...headers }, ...(body === undefined ? {} : { body }) }
  }

  async function ask(request: GcsRequest, policy = retry): Promise<HttpAnswer> {
    let renewed = false
    return await send(
      () => prepare(request),
      policy,
      ({ status }) => {
        if (status !== 401 || renewed || tokens === undefined) return false
        renewed = true
        tokens.forget()
        return true
      },
    )
  }

  async function request(what: string, key: string, asked: GcsRequest, accepted: readonly number[]): Promise<HttpAnswer> {
    const answer = await ask(asked)
    if (accepted.includes(answer.status)) return answer
    throw refused(answer, { what, key, where, reason: reasonOf(answer) })
  }

  async function* pages(prefix: string, shallow: boolean): AsyncGenerator<ListPage> {
    for (let pageToken: string | undefined; ; ) {
      const query = {
        prefix,
        fields: 'items(name,size,updated,generation),prefixes,nextPageToken',
        ...(shallow ? { delimiter: '/' } : {}),
        ...(pageToken === undefined ? {} : { pageToken }),
      }
      const page = jsonOf(await request('list', prefix, { method: 'GET', path: objects, query }, [200])) as ListPage
      yield page
      pageToken = page.nextPageToken
      if (pageToken === undefined || pageToken === '') return
    }
  }

  async function list(prefix: string, shallow: boolean): Promise<FoundObject[]> {
    const found: FoundObject[] = []
    for await (const { items = [] } of pages(prefix, shallow))
      for (const item of items) found.push({ key: item.name ?? '', ...factsOf(item) })
    return found
  }

  async function folders(prefix: string): Promise<string[]> {
    const found: string[] = []
    for await (const { prefixes = [] } of pages(prefix, true)) found.push(...prefixes.map((each) => each.slice(prefix.length, -1)))
    return found
  }

  async function get(key: string, range: ByteRange | undefined): Promise<Uint8Array | undefined> {
    if (range?.length === 0) return new Uint8Array()
    const headers = range === undefined ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` }
    const asked = { method: 'GET', path: objectAt(key), query: { alt: 'media' }, headers } as const
    const answer = await request('read', key, asked, [200, 206, 404, 416])
    if (answer.status === 404) return undefined
    if (answer.status === 416) return new Uint8Array()
    return range !== undefined && answer.status === 200 ? answer.body.slice(range.offset, range.offset + range.length) : answer.body
  }

  async function head(key: string): Promise<FileFacts | undefined> {
    const asked = { method: 'GET', path: objectAt(key), query: { fields: 'size,updated,generation' } } as const
    const answer = await request('look at', key, asked, [200, 404])
    return answer.status === 404 ? undefined : factsOf(jsonOf(answer) as ObjectResource)
  }

  async function write(key: string, body: Uint8Array, condition: Readonly<Record<string, string>>): Promise<Creation> {
    const asked = {
      method: 'POST',
      path: `/upload${objects}`,
      query: { uploadType: 'media', name: key, ...condition },
      headers: { 'content-type': 'application/octet-stream' },
      body,
    } as const
    return creationOf(await request('write', key, asked, [200, 412]))
  }

  function creationOf(answer: HttpAnswer, repeated = answer.repeated): Creation {
    if (answer.status !== 412) return 'created'
    return repeated ? 'unclear' : 'exists'
  }

  /** A resumable upload. When an answer is missing the service is asked how much has arrived, so that no part is written twice. */
  async function uploadParts(key: string, file: string, size: number, condition: Readonly<Record<string, string>>): Promise<Creation> {
    const begin = { method: 'POST', path: `/upload${objects}`, query: { uploadType: 'resumable', name: key, ...condition } } as const
    const begun = await request('write', key, begin, [200, 201, 412])
    if (begun.status === 412) return creationOf(begun)
    const session = new URL(begun.headers.get('location') ?? '', origin)
    const at = { method: 'PUT', path: session.pathname, query: Object.fromEntries(session.searchParams) } as const
    const handle = await open(file, 'r')
    try {
      let failures = 0
      for (let offset = 0; ; ) {
        const body = new Uint8Array(Math.min(partBytes, size - offset))
        await handle.read(body, 0, body.length, offset)
        const range = `bytes ${offset}-${offset + body.length - 1}/${size}`
        let answer = await ask({ ...at, headers: { 'content-range': range }, body }, { ...retry, attempts: 1 }).catch(() => undefined)
        if (answer === undefined || isPassing(answer.status)) {
          failures++
          await sleep((retry.delayMs ?? backoffMs)(failures))
          answer = await ask({ ...at, headers: { 'content-range': `bytes */${size}` } }, retry)
        }
        if (answer.status === 308) offset = nextOffset(answer)
        else if (answer.status === 200 || answer.status === 201) return whole(answer, key, size)
        else if (answer.status === 412) return creationOf(answer, failures > 0)
        else throw refused(answer, { what: 'write', key, where, reason: reasonOf(answer) })
        if (failures >= (retry.attempts ?? 8)) throw refused(answer, { what: 'write', key, where, reason: 'too many parts failed' })
      }
    } finally {
      await handle.close()
    }
  }

  function whole(answer: HttpAnswer, key: string, size: number): 'created' {
    if (factsOf(jsonOf(answer) as ObjectResource).size === size) return 'created'
    throw refused(answer, { what: 'write the whole of', key, where, reason: 'the object and the file have different sizes' })
  }

  return {
    name: `${where}/`,
    list,
    folders,
    head,
    get,
    async upload(key, file, size, when) {
      const condition: Readonly<Record<string, string>> = when === 'absent' ? { ifGenerationMatch: '0' } : {}
      if (size > partBytes) return await uploadParts(key, file, size, condition)
      const handle = await open(file, 'r')
      try {
        return await write(key, await handle.readFile(), condition)
      } finally {
        await handle.close()
      }
    },
    put: async (key, body) => void (await write(key, body, {})),
    create: (key, body) => write(key, body, { ifGenerationMatch: '0' }),
    delete: async (key) => void (await request('delete', key, { method: 'DELETE', path: objectAt(key) }, [200, 204, 404])),
  }
}

/** The next byte to send, from `range: bytes=0-42`. The header is absent when nothing has arrived. */
function nextOffset(answer: HttpAnswer): number {
  const last = /-(\d+)$/.exec(answer.headers.get('range') ?? '')?.[1]
  return last === undefined ? 0 : Number(last) + 1
}

function factsOf({ size, updated, generation }: ObjectResource): FileFacts {
  const mark = generation === undefined ? {} : { mark: generation }
  return { size: Number(size ?? 0), modifiedMs: Date.parse(updated ?? ''), ...mark }
}

function jsonOf({ body }: HttpAnswer): unknown {
  return JSON.parse(new TextDecoder().decode(body))
}

function reasonOf(answer: HttpAnswer): string {
  try {
    const { error } = jsonOf(answer) as { error?: { message?: string; errors?: { reason?: string }[] } }
    return error?.errors?.[0]?.reason ?? error?.message ?? ''
  } catch {
    return ''
  }
}
