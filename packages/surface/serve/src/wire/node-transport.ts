import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { Readable } from 'node:stream'
import { serverErrors } from '../errors.ts'
import type { Answer, Transport } from './send.ts'

/**
 * Requests to a server elsewhere, for a process that makes one and ends: `fetch` costs 60 ms of processor time before its first answer, a
 * request of Node's own 5. @throws `server.unreachable` when it does not answer
 */
export function nodeTransport(url: string, token: string | undefined): Transport {
  const base = url.replace(/\/+$/, '')
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return async (path, { method, headers, body, signal }) => {
    const options = {
      method: method ?? 'GET',
      headers: { ...(headers as Readonly<Record<string, string>> | undefined), ...authorization },
      ...(signal == null ? {} : { signal }),
    }
    try {
      return answerOf(await send(new URL(`${base}${path}`), options, body == null ? undefined : (body as string)))
    } catch (cause) {
      if (signal?.aborted === true) throw signal.reason
      throw serverErrors.unreachable(`no answer from ${base}`, {
        facts: { url: base },
        cause,
        next: 'Check the address, and that "sluice start" runs there.',
      })
    }
  }
}

async function send(url: URL, options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  return await new Promise((resolve, reject) => {
    const asked: ClientRequest = request(url, options, resolve)
    asked.on('error', reject)
    asked.end(body)
  })
}

function answerOf(message: IncomingMessage): Answer {
  const status = message.statusCode ?? 0
  return {
    ok: status >= 200 && status < 300,
    status,
    json: async () => JSON.parse(await textOf(message)) as unknown,
    get body() {
      return Readable.toWeb(message) as ReadableStream<Uint8Array>
    },
  }
}

async function textOf(message: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of message.setEncoding('utf8')) text += String(chunk)
  return text
}
