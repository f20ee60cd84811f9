import { createHmac, hkdfSync, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { configErrors } from '@sluice/core'
import { backupErrors } from './errors.ts'

/** Encrypts what lies in a place, and opens it again. */
export interface BackupKey {
  /** Of one file: each has its own, by a random text that stands at its beginning. */
  forFile(salt: Buffer): Buffer
  /** Proves that a manifest was written with this key. */
  sign(text: string): string
}

/** What a place keeps of its key: enough to tell another one, not enough to open anything. */
export interface KeyFacts {
  readonly kdf: 'scrypt-32768-8-1'
  readonly salt: string
  readonly check: string
}

/**
 * What the user gave as the key: the text itself, or the file that holds it; `undefined` for backups that are not encrypted. Never an
 * argument, which every process of the machine may read.
 * @throws `config.invalid` for a file that others may read, and for a key of under 16 characters
 */
export async function backupSecret({
  key,
  keyFile,
}: {
  readonly key: string | null
  readonly keyFile: string | null
}): Promise<string | undefined> {
  if (key !== null) return longEnough(key.trim(), 'SLUICE_BACKUP_KEY')
  if (keyFile === null) return undefined
  const found = await stat(keyFile).catch(() => undefined)
  if (found === undefined) {
    throw configErrors.invalid(`SLUICE_BACKUP_KEY_FILE names ${keyFile}, which is not there`, {
      facts: { file: keyFile },
      next: `Make one: (umask 077; openssl rand -base64 32 > '${keyFile}'), and keep a copy elsewhere: without it a backup cannot be opened.`,
    })
  }
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    throw configErrors.invalid(`other accounts may read the key of the backups, ${keyFile}`, {
      facts: { file: keyFile },
      next: `Close it to others: chmod 600 '${keyFile}'.`,
    })
  }
  return longEnough((await readFile(keyFile, 'utf8')).trim(), keyFile)
}

function longEnough(secret: string, from: string): string {
  if (secret.length >= 16) return secret
  throw configErrors.invalid(`the key of the backups in ${from} has ${secret.length} characters, which can be guessed`, {
    next: 'Take one of at least 16 characters: openssl rand -base64 32.',
  })
}

/** The key of a place that has none yet. */
export async function newKey(secret: string): Promise<{ readonly key: BackupKey; readonly facts: KeyFacts }> {
  const salt = randomBytes(16)
  const master = await derive(secret, salt)
  return { key: keyOf(master), facts: { kdf: 'scrypt-32768-8-1', salt: salt.toString('hex'), check: checkOf(master) } }
}

/** @throws `backup.locked` for another key, or none */
export async function openKey(secret: string | undefined, facts: KeyFacts, place: string): Promise<BackupKey> {
  if (secret === undefined) {
    throw backupErrors.locked(`the backups in ${place} are encrypted, and no key was given`, {
      next: 'Set SLUICE_BACKUP_KEY_FILE to the file that holds the key, or SLUICE_BACKUP_KEY to the key.',
    })
  }
  const master = await derive(secret, Buffer.from(facts.salt, 'hex'))
  const [own, theirs] = [Buffer.from(checkOf(master), 'hex'), Buffer.from(facts.check, 'hex')]
  if (own.length === theirs.length && timingSafeEqual(own, theirs)) return keyOf(master)
  throw backupErrors.locked(`the backups in ${place} were encrypted with another key`, {
    next: 'Give the key that the first backup was made with, or name another place for backups with a new one.',
  })
}

const derive = (secret: string, salt: Buffer): Promise<Buffer> =>
  promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt)(secret, salt, 32, {
    N: 32_768,
    r: 8,
    p: 1,
    maxmem: 64 << 20,
  })

const checkOf = (master: Buffer): string => Buffer.from(hkdfSync('sha256', master, '', 'sluice backup check', 32)).toString('hex')

function keyOf(master: Buffer): BackupKey {
  const signing = Buffer.from(hkdfSync('sha256', master, '', 'sluice backup manifest', 32))
  return {
    forFile: (salt) => Buffer.from(hkdfSync('sha256', master, salt, 'sluice backup file', 32)),
    sign: (text) => createHmac('sha256', signing).update(text).digest('hex'),
  }
}
