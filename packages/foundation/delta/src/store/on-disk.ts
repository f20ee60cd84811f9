import { DeltaError } from '../errors.ts'

/** Turns what the file system refuses into `store.failed`. */
export async function onDisk<T>(what: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof DeltaError) throw cause
    throw diskFailed(what, path, cause)
  }
}

export function diskFailed(what: string, path: string, cause: unknown): DeltaError {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new DeltaError(
    'store.failed',
    `Cannot ${what} ${path}: ${message}`,
    'Check the free space and the permissions, and that the file system supports hard links.',
    { path, errno: errnoOf(cause) },
    cause,
  )
}

export function errnoOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
}
