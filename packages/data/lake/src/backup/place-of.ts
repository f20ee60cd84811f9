import { resolve } from 'node:path'
import { type BackupPlace, folderPlace } from '@sluice/backup'
import { bucketOf } from '../storage/configured.ts'
import { bucketPlace } from './bucket-place.ts'

/**
 * Where backups lie: a folder, or a bucket by its URL (`s3://bucket/prefix`, `gs://bucket/prefix`) under the credentials that the lake
 * takes. @param root that a relative folder is relative to
 */
export async function backupPlaceOf(
  to: string,
  { root, scratch }: { readonly root: string; readonly scratch: string },
): Promise<BackupPlace> {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(to)) return folderPlace(resolve(root, to))
  const { bucket, prefix } = await bucketOf(to)
  return bucketPlace(bucket, prefix, scratch)
}
