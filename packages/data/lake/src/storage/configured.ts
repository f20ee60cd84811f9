import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configErrors } from '@sluice/core'
import type { Bucket } from '@sluice/delta'
import { bucketStorage } from './bucket.ts'
import { localStorage } from './local.ts'
import type { LakeStorage } from './storage.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The lake of a platform: `<state>/lake`, or a bucket by its URL (`s3://bucket/prefix`, `gs://bucket/prefix`), whose local copies lie in
 * `<state>/tmp/lake`. Of the environment it takes what the services' own tools take: `AWS_ACCESS_KEY_ID` and its kin, `AWS_REGION`,
 * `AWS_ENDPOINT_URL`; `GOOGLE_APPLICATION_CREDENTIALS` (a service account's key; the machine's own account without it),
 * `STORAGE_EMULATOR_HOST`.
 * @throws `config.invalid` for another URL, or a key file that does not hold a key
 */
export async function storageOf(stateDir: string, url: string | null, environment: Environment = process.env): Promise<LakeStorage> {
  if (url === null) return localStorage(join(stateDir, 'lake'))
  const { bucket, prefix } = await bucketOf(url, environment)
  return bucketStorage(bucket, { prefix, stage: { folder: join(stateDir, 'tmp', 'lake') } })
}

/** A bucket by its URL, and the prefix in it. @throws as `storageOf` */
export async function bucketOf(
  url: string,
  environment: Environment = process.env,
): Promise<{ readonly bucket: Bucket; readonly prefix: string }> {
  const [, scheme = '', name = '', prefix = ''] = /^(s3|gs):\/\/([^/]+)(?:\/(.*))?$/.exec(url) ?? []
  if (name === '') {
    throw configErrors.invalid(`"${url}" does not say where the lake lies`, {
      facts: { url },
      next: 'Write s3://bucket/prefix or gs://bucket/prefix in SLUICE_LAKE_URL, or take it out for a local folder.',
    })
  }
  return { bucket: scheme === 's3' ? await s3Of(name, environment) : await gcsOf(name, environment), prefix }
}

async function s3Of(bucket: string, environment: Environment): Promise<Bucket> {
  const { environmentCredentials, openS3Bucket } = await import('@sluice/delta/s3')
  const endpoint = environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL
  const region = environment.AWS_REGION || environment.AWS_DEFAULT_REGION
  return openS3Bucket({
    bucket,
    ...(endpoint ? { endpoint } : {}),
    ...(region ? { region } : {}),
    credentials: () => Promise.resolve().then(() => environmentCredentials(environment)),
  })
}

async function gcsOf(bucket: string, environment: Environment): Promise<Bucket> {
  const { openGcsBucket, serviceAccountToken } = await import('@sluice/delta/gcs')
  const { STORAGE_EMULATOR_HOST: emulator, GOOGLE_APPLICATION_CREDENTIALS: keyFile } = environment
  if (emulator) return openGcsBucket({ bucket, endpoint: /^https?:/.test(emulator) ? emulator : `http://${emulator}`, token: 'none' })
  if (!keyFile) return openGcsBucket({ bucket })
  const key = (await readFile(keyFile, 'utf8')
    .then(JSON.parse)
    .catch(() => null)) as Partial<Parameters<typeof serviceAccountToken>[0]> | null
  if (typeof key?.client_email !== 'string' || typeof key.private_key !== 'string') {
    throw configErrors.invalid(`${keyFile} is not the key of a service account`, {
      facts: { path: keyFile },
      next: 'Let GOOGLE_APPLICATION_CREDENTIALS name the JSON key of a service account, or take it out for the account of the machine.',
    })
  }
  return openGcsBucket({ bucket, token: serviceAccountToken({ ...key, client_email: key.client_email, private_key: key.private_key }) })
}
