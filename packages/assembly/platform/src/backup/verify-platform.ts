import { createHash } from 'node:crypto'
import { type BackupPlace, type FoundBackup, keyForReading, manifestName, placeWithin, readManifest, readObject } from '@sluice/backup'
import { isSluiceError } from '@sluice/core'
import { type DatabaseManifest, verifyDatabase } from '@sluice/warehouse/backup'
import { readFileList } from './files.ts'
import type { PlatformManifest } from './manifest.ts'

/** Reads all of a backup again: manifests, rows of the databases, every file. @returns what is wrong, a sentence each, naming the file */
export async function verifyPlatform(
  place: BackupPlace,
  { place: own, manifest }: FoundBackup<PlatformManifest>,
  secret: string | undefined,
  onFile: (path: string) => void = () => undefined,
): Promise<readonly string[]> {
  const problems: string[] = []
  const noting = async (act: () => Promise<void>): Promise<void> => {
    try {
      await act()
    } catch (error) {
      if (!isSluiceError(error)) throw error
      problems.push(error.message)
    }
  }
  const key = await keyForReading(place, secret, manifest.encrypted)
  await noting(async () => void (await readManifest<PlatformManifest>(own, key)))
  for (const { folder, manifestSha256 } of manifest.databases)
    await noting(async () => {
      const at = placeWithin(own, folder)
      const text = (await at.text(manifestName)) ?? ''
      const found = await readManifest<DatabaseManifest>(at, key)
      if (createHash('sha256').update(text).digest('hex') !== manifestSha256)
        problems.push(`${at.name}/${manifestName} is that of another backup`)
      problems.push(...(await verifyDatabase(at, found, key, onFile)))
    })
  await noting(async () => {
    const seen = new Set<string>()
    for (const file of await readFileList(own, key, manifest.files)) {
      if (seen.has(file.stored.path)) continue
      seen.add(file.stored.path)
      await noting(async () => {
        for await (const _ of readObject({ place, key }, file));
      })
      onFile(file.path)
    }
  })
  return problems
}
