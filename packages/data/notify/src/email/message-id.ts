import { createHash } from 'node:crypto'

/** `Message-ID` of a key: the same at every repeat, so that mail systems which drop doubles can. */
export function messageId(key: string, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'sluice.invalid'
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 40)}@${domain}>`
}
