import type { PipelineSpec, Platform, Project, Table } from '@sluice/author'

/** One question to the loader process. It answers each before it is asked the next, so a death is the death of one file. */
export interface LoadRequest {
  readonly what: 'pipeline' | 'tables' | 'platform' | 'project'
  /** Absolute path. */
  readonly file: string
  /** Folder whose files are the user's: places are looked for in it. */
  readonly base: string
  /** Look for a place in the file itself first: the folder also holds code that is not the author's. */
  readonly fileFirst?: boolean
}

/** What went wrong in a file, and where as far as it is known. */
export interface Fault {
  /** Absolute path of the user's file at fault; `null` when only the file asked for is known. */
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  readonly message: string
  readonly next: string | null
  /** A syntax error that does not say where it is: the parent finds out by letting Node report it. */
  readonly placeless?: boolean
}

export interface LoadedValues {
  /** `modelTables`: those that the pipeline's models on the warehouse write. */
  readonly pipeline: { readonly spec: PipelineSpec; readonly tables: readonly Table[]; readonly modelTables: readonly Table[] }
  readonly tables: readonly Table[]
  readonly platform: Platform
  readonly project: Project
}

export type LoadReply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly fault: Fault }
