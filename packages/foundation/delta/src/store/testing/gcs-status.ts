import type { Asked, Reply } from './fault-proxy.ts'

/**
 * Answers how much of an upload has arrived, as Google does. A PUT whose `content-range` has a star as its range asks for it. The answer is
 * 308 with the range that has arrived, or the object when it is complete. fake-gcs-server treats the question as the end of the upload and
 * truncates the object, so the proxy in front of it answers.
 */
export function answeringStatus(): { answer(asked: Asked): Reply | undefined; saw(asked: Asked, reply: Reply): void } {
  const last = new Map<string, Reply>()
  const sessionOf = ({ url }: Asked) => /[?&]upload_id=([^&]+)/.exec(url)?.[1]
  return {
    answer(asked) {
      const session = sessionOf(asked)
      if (session === undefined || asked.method !== 'PUT' || !/^bytes \*\//.test(asked.headers['content-range'] ?? '')) return undefined
      return last.get(session) ?? { status: 308, headers: {}, body: Buffer.alloc(0) }
    },
    saw(asked, reply) {
      const session = sessionOf(asked)
      if (session !== undefined && asked.method === 'PUT') last.set(session, reply)
    },
  }
}
