import { damaged } from './errors.ts'
import { type BackupKey, type KeyFacts, newKey, openKey } from './key.ts'
import { objectIn } from './object-in.ts'
import type { BackupPlace } from './place.ts'

const keyFile = 'key.json'

/**
 * The key under which the next backup of a place is written: that of the backups before, whose secret must be given again; a new one, where
 * a secret is given for the first time; none without a secret.
 * @throws `backup.locked` for another secret, or none where there was one; `backup.damaged` where what the place keeps of its key is odd
 */
export async function keyForWriting(place: BackupPlace, secret: string | undefined): Promise<BackupKey | undefined> {
  const known = await factsIn(place)
  if (known !== undefined) return await openKey(secret, known, place.name)
  if (secret === undefined) return undefined
  const { key, facts } = await newKey(secret)
  if (await place.create(keyFile, `${JSON.stringify(facts)}\n`)) return key
  // Another backup was first: its key is the one.
  return await keyForWriting(place, secret)
}

/** The key of a backup that says of itself whether it is encrypted. @throws `backup.locked`, `backup.damaged` */
export async function keyForReading(place: BackupPlace, secret: string | undefined, encrypted: boolean): Promise<BackupKey | undefined> {
  if (!encrypted) return undefined
  const known = await factsIn(place)
  if (known === undefined) throw damaged(`${place.name}/${keyFile}`, 'is missing, and the backups there are encrypted', fromACopy)
  return await openKey(secret, known, place.name)
}

async function factsIn(place: BackupPlace): Promise<KeyFacts | undefined> {
  const text = await place.text(keyFile)
  if (text === undefined) return undefined
  const { kdf, salt, check } = objectIn(text) ?? {}
  if (kdf === 'scrypt-32768-8-1' && typeof salt === 'string' && typeof check === 'string') return { kdf, salt, check }
  throw damaged(`${place.name}/${keyFile}`, 'is not as it was written', fromACopy)
}

const fromACopy = `Copy ${keyFile} from where the backups were made: it holds no secret, and without it their key opens nothing.`
