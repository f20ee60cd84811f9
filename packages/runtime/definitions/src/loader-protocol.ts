import type { AnyDataset, Fault as DefinitionFault, ForeignKey, PipelineSpec, Platform, Project } from '@sluice/author'

/** One question to the loader process. It answers each before it is asked the next, so a death is the death of one file. */
export interface LoadRequest {
  readonly what: 'pipeline' | 'datasets' | 'together' | 'platform' | 'project'
  /** Absolute path. */
  readonly file: string
  /** Folder whose files are the user's: places are looked for in it. */
  readonly base: string
  /** Of `together`: absolute paths of all files whose definitions must fit each other. */
  readonly files?: readonly string[]
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

/** What a file declares beside pipelines. Datasets arrive without their functions. */
export interface Declarations {
  readonly datasets: readonly AnyDataset[]
  readonly keys: readonly ForeignKey[]
}

export interface LoadedValues {
  /** With the datasets that its steps name, and what is wrong with its graph. */
  readonly pipeline: { readonly spec: PipelineSpec; readonly datasets: readonly AnyDataset[]; readonly faults: readonly DefinitionFault[] }
  readonly datasets: Declarations
  /** What is wrong between the files. */
  readonly together: readonly DefinitionFault[]
  readonly platform: Platform
  readonly project: Project
}

export type LoadReply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly fault: Fault }
