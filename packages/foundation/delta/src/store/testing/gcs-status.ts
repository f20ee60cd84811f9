import type { Asked, Reply } from './fault-proxy.ts'

/**
 * How far an upload came, as Google answers it: a PUT whose `content-range` has a star for the range asks for 308 and the range that has
 * arrived, or for the object when it is whole. fake-gcs-server takes the question for the end of the upload and cuts the object off, so the
 * proxy in front of it answers.
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
