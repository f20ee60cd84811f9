import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { AwsV4Signer } from 'aws4fetch'
import { DeltaError } from '../errors.ts'
import type { Bucket, Creation, FoundObject } from './bucket.ts'
import { type HttpAnswer, type HttpRequest, type RetryPolicy, refused, send } from './http.ts'
import { inTurns } from './in-turns.ts'
import { remembered } from './remembered.ts'
import type { S3CredentialsSource } from './s3-credentials.ts'
import { blocksOf, textOf } from './s3-xml.ts'
import type { ByteRange, FileFacts } from './store.ts'

export interface S3BucketOptions {
  readonly bucket: string
  readonly region: string
  readonly endpoint: string | undefined
  readonly pathStyle: boolean | undefined
  readonly credentials: S3CredentialsSource
  readonly retry: RetryPolicy
  /** Larger files are uploaded in parts of this size, at least 5 MiB as the protocol requires. */
  readonly partBytes: number
}

interface S3Request {
  readonly method: HttpRequest['method']
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

/** A bucket of S3 or of a compatible store, through signed HTTP requests. */
export function s3Bucket(options: S3BucketOptions): Bucket {
  const { bucket, region, credentials: source, retry, partBytes } = options
  const base = baseUrl(options)
  const credentials = remembered(
    () => (typeof source === 'function' ? source() : Promise.resolve(source)),
    ({ expiresAtMs }) => expiresAtMs,
  )

  async function sign({ method, key = '', query = {}, headers = {}, body }: S3Request): Promise<HttpRequest> {
    const url = `${base}/${encodeKey(key)}${queryOf(query)}`
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials.get()
    const hash = createHash('sha256')
      .update(body ?? '')
      .digest('hex')
    const signed = await new AwsV4Signer({
      method,
      url,
      headers: { ...headers, 'x-amz-content-sha256': hash },
      accessKeyId,
      secretAccessKey,
      service: 's3',
      region,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    }).sign()
    return { method, url, headers: Object.fromEntries(signed.headers), ...(body === undefined ? {} : { body }) }
  }

  /** 409 (ConditionalRequestConflict) means that another conditional write of the key is running. A further try shows which one won. */
  async function request(what: S3Request, accepted: readonly number[]): Promise<HttpAnswer> {
    let renewed = false
    const answer = await send(
      () => sign(what),
      retry,
      (given) => {
        if (given.status === 409 && what.headers?.['if-none-match'] !== undefined && what.method === 'PUT') return true
        if (renewed || !/Expired/.test(reasonOf(given)) || typeof source !== 'function') return false
        renewed = true
        credentials.forget()
        return true
      },
    )
    if (accepted.includes(answer.status)) return answer
    throw refused(answer, { what: what.method, key: what.key ?? '', where: `s3://${bucket}`, reason: reasonOf(answer) })
  }

  function creationOf(answer: HttpAnswer): Creation {
    if (answer.status !== 412) return 'created'
    return answer.repeated ? 'unclear' : 'exists'
  }

  async function* pages(
    prefix: string,
    shallow: boolean,
  ): AsyncGenerator<{ readonly page: string; readonly decode: (text: string) => string }> {
    for (let token: string | undefined; ; ) {
      const query = {
        'list-type': '2',
        prefix,
        'encoding-type': 'url',
        ...(shallow ? { delimiter: '/' } : {}),
        ...(token === undefined ? {} : { 'continuation-token': token }),
      }
      const page = textFrom(await request({ method: 'GET', query }, [200]))
      const isEncoded = textOf(page, 'EncodingType') === 'url'
      yield { page, decode: (text) => (isEncoded ? decodeURIComponent(text.replaceAll('+', ' ')) : text) }
      token = textOf(page, 'NextContinuationToken')
      if (textOf(page, 'IsTruncated') !== 'true' || token === undefined) return
    }
  }

  async function list(prefix: string, shallow: boolean): Promise<FoundObject[]> {
    const found: FoundObject[] = []
    for await (const { page, decode } of pages(prefix, shallow)) {
      for (const object of blocksOf(page, 'Contents')) {
        found.push({
          key: decode(textOf(object, 'Key') ?? ''),
          size: Number(textOf(object, 'Size')),
          modifiedMs: Date.parse(textOf(object, 'LastModified') ?? ''),
          ...markOf(textOf(object, 'ETag')),
        })
      }
    }
    return found
  }

  async function folders(prefix: string): Promise<string[]> {
    const found: string[] = []
    for await (const { page, decode } of pages(prefix, true)) {
      for (const common of blocksOf(page, 'CommonPrefixes')) found.push(decode(textOf(common, 'Prefix') ?? '').slice(prefix.length, -1))
    }
    return found
  }

  async function get(key: string, range: ByteRange | undefined): Promise<Uint8Array | undefined> {
    if (range?.length === 0) return new Uint8Array()
    const headers = range === undefined ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` }
    const answer = await request({ method: 'GET', key, headers }, [200, 206, 404, 416])
    if (answer.status === 404) return absent(answer, key)
    if (answer.status === 416) return new Uint8Array()
    return range !== undefined && answer.status === 200 ? answer.body.slice(range.offset, range.offset + range.length) : answer.body
  }

  /** A missing object and a missing bucket both give 404. Only the body tells them apart. */
  function absent(answer: HttpAnswer, key: string): undefined {
    const reason = reasonOf(answer)
    if (reason === 'NoSuchBucket') throw refused(answer, { what: 'GET', key, where: `s3://${bucket}`, reason })
    return undefined
  }

  async function uploadParts(key: string, file: string, size: number, condition: Readonly<Record<string, string>>): Promise<HttpAnswer> {
    const begun = await request({ method: 'POST', key, query: { uploads: '' } }, [200])
    const uploadId = textOf(textFrom(begun), 'UploadId') ?? ''
    const handle = await open(file, 'r')
    try {
      const etags: string[] = []
      const parts = Array.from({ length: Math.ceil(size / partBytes) }, (_, index) => index)
      await inTurns(parts, 4, async (index) => {
        const body = new Uint8Array(Math.min(partBytes, size - index * partBytes))
        await handle.read(body, 0, body.length, index * partBytes)
        const query = { partNumber: String(index + 1), uploadId }
        const answer = await request({ method: 'PUT', key, query, body }, [200])
        etags[index] = answer.headers.get('etag') ?? ''
      })
      const body = `<CompleteMultipartUpload>${etags
        .map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag.replaceAll('"', '&quot;')}</ETag></Part>`)
        .join('')}</CompleteMultipartUpload>`
      const answer = await request({ method: 'POST', key, query: { uploadId }, headers: condition, body }, [200, 404, 409, 412])
      // S3 starts the answer before the upload is complete, so a 200 may carry an error. A 404 after a repetition means that the upload had
      // already ended.
      const failed = answer.status === 200 && /<Error>/.test(textFrom(answer))
      if (failed || (answer.status === 404 && !answer.repeated)) {
        throw refused(answer, { what: 'complete the upload of', key, where: `s3://${bucket}`, reason: reasonOf(answer) })
      }
      if (answer.status !== 200) await abort(key, uploadId)
      return answer
    } catch (cause) {
      await abort(key, uploadId)
      throw cause
    } finally {
      await handle.close()
    }
  }

  /** Unfinished parts cost money. If this request fails, a lifecycle rule of the bucket has to remove them. */
  async function abort(key: string, uploadId: string): Promise<void> {
    await request({ method: 'DELETE', key, query: { uploadId } }, [200, 204, 404]).catch(() => undefined)
  }

  async function upload(key: string, file: string, size: number, when: 'always' | 'absent'): Promise<Creation> {
    const condition: Readonly<Record<string, string>> = when === 'absent' ? { 'if-none-match': '*' } : {}
    if (size <= partBytes) {
      const body = await wholeFile(file, size)
      return creationOf(await request({ method: 'PUT', key, headers: condition, body }, [200, 412]))
    }
    for (let attempt = 1; ; attempt++) {
      const answer = await uploadParts(key, file, size, condition)
      if (answer.status === 404) return when === 'always' ? await ended(key, size) : 'unclear'
      if (answer.status !== 409) return creationOf(answer)
      if (attempt === 5) throw refused(answer, { what: 'upload', key, where: `s3://${bucket}`, reason: reasonOf(answer) })
    }
  }

  async function ended(key: string, size: number): Promise<Creation> {
    if ((await head(key))?.size === size) return 'created'
    throw new DeltaError(
      'store.failed',
      `The upload of ${key} to s3://${bucket} disappeared before it was complete.`,
      'Repeat the write.',
      { key },
    )
  }

  async function head(key: string): Promise<FileFacts | undefined> {
    const answer = await request({ method: 'HEAD', key }, [200, 404])
    if (answer.status === 404) return undefined
    return {
      size: Number(answer.headers.get('content-length')),
      modifiedMs: Date.parse(answer.headers.get('last-modified') ?? ''),
      ...markOf(answer.headers.get('etag')),
    }
  }

  return {
    name: `s3://${bucket}/`,
    list,
    folders,
    head,
    get,
    upload,
    put: async (key, body) => void (await request({ method: 'PUT', key, body }, [200])),
    create: async (key, body) => creationOf(await request({ method: 'PUT', key, body, headers: { 'if-none-match': '*' } }, [200, 412])),
    delete: async (key) => void (await request({ method: 'DELETE', key }, [200, 204, 404])),
  }
}

/** The quotes around an ETag say nothing, and some services leave them out of one answer and not of the other. */
function markOf(etag: string | null | undefined): Pick<FileFacts, 'mark'> {
  return etag === null || etag === undefined || etag === '' ? {} : { mark: etag.replaceAll('"', '') }
}

function baseUrl({ bucket, region, endpoint, pathStyle }: S3BucketOptions): string {
  const url = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`)
  // A certificate for `*.s3…` does not cover a bucket name with dots.
  if (pathStyle ?? (endpoint !== undefined || bucket.includes('.'))) return `${url.origin}${url.pathname.replace(/\/$/, '')}/${bucket}`
  return `${url.protocol}//${bucket}.${url.host}${url.pathname.replace(/\/$/, '')}`
}

function encodeKey(key: string): string {
  return key.split('/').map(encodeStrictly).join('/')
}

/** The signature also encodes the characters of RFC 3986 that `encodeURIComponent` leaves. */
function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

function queryOf(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value)}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

function textFrom({ body }: HttpAnswer): string {
  return new TextDecoder().decode(body)
}

function reasonOf(answer: HttpAnswer): string {
  return answer.status < 300 ? '' : (textOf(textFrom(answer), 'Code') ?? '')
}

async function wholeFile(file: string, size: number): Promise<Uint8Array> {
  const handle = await open(file, 'r')
  try {
    const body = new Uint8Array(size)
    const { bytesRead } = await handle.read(body, 0, size, 0)
    return body.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
