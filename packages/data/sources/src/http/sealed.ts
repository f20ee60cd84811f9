import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** AES-256-GCM: 12 bytes of nonce, 16 of tag. */
const algorithm = 'aes-256-gcm'
const [nonceBytes, tagBytes] = [12, 16]

/** A key that whoever knows the secrets of a connection can make, and nobody else. */
export const keyOf = (secrets: readonly string[], name: string): Buffer =>
  Buffer.from(hkdfSync('sha256', JSON.stringify(secrets), name, 'sluice kept token', 32))

export function sealed(key: Buffer, text: string): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce)
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
}

/** `undefined` for what was sealed with another key, or changed. */
export function opened(key: Buffer, text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length < nonceBytes + tagBytes) return undefined
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes))
  decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
