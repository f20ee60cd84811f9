/** The library that compares two catalogues. It is there when migrations are written; what runs them needs it nowhere. */
export type PgDelta = typeof import('@supabase/pg-delta')

/** Undefined where it is not installed. */
export async function pgDelta(): Promise<PgDelta | undefined> {
  try {
    return await import('@supabase/pg-delta')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}
