import { folderPlace, readManifest } from '@sluice/backup'
import { type DatabaseManifest, restoreDatabase, saveDatabase } from '../index.ts'

/** Saves or restores in a process that the test kills; a line on standard output for each part that is done. */
type Job =
  | { readonly job: 'save'; readonly url: string; readonly folder: string }
  | { readonly job: 'restore'; readonly folder: string; readonly adminUrl: string; readonly into: string }

const job = JSON.parse(process.argv[2] ?? '') as Job
const place = folderPlace(job.folder)
const tell = (): void => void process.stdout.write('.\n')
if (job.job === 'save') await saveDatabase({ url: job.url, place, version: '1.2.3', onSnapshot: tell, onProgress: tell })
else {
  const { adminUrl, into } = job
  const manifest = await readManifest<DatabaseManifest>(place, undefined)
  await restoreDatabase({ place, manifest, adminUrl, into, replace: true, onProgress: tell })
}
