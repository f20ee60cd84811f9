import { type BackupKey, type BackupPlace, readBackupFile, verifyBackupFile } from '@sluice/backup'
import { isSluiceError } from '@sluice/core'
import { rowsChecksum } from '@sluice/postgres/dump'
import { type DatabaseManifest, filesOf } from './manifest.ts'

/** Reads every file of a backup again. @returns what is wrong, a sentence each, naming the file */
export async function verifyDatabase(
  place: BackupPlace,
  manifest: DatabaseManifest,
  key: BackupKey | undefined,
  onFile: (path: string) => void = () => undefined,
): Promise<readonly string[]> {
  const problems: string[] = []
  const noting = async (path: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act()
    } catch (error) {
      if (!isSluiceError(error)) throw error
      problems.push(error.message)
    }
    onFile(path)
  }
  for (const file of Object.values(manifest.sql)) await noting(file.path, () => verifyBackupFile({ place, key, packed: false }, file))
  for (const { name, file, rows, checksum } of manifest.tables)
    await noting(file.path, async () => {
      const sum = rowsChecksum()
      for await (const chunk of readBackupFile({ place, key, packed: true }, file)) sum.add(chunk)
      const found = sum.digest()
      if (sum.rows !== rows || found !== checksum)
        problems.push(`${place.name}/${file.path} does not hold the rows of ${name} that were saved`)
    })
  return problems
}

export const countFiles = (manifest: DatabaseManifest): number => filesOf(manifest).length
