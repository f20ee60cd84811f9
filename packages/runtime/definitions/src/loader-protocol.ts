import type {
  AnyDataset,
  Fault as DefinitionFault,
  ForeignKey,
  LoadMode,
  ModelSpec,
  ModelTestSpec,
  PipelineSpec,
  Platform,
  Project,
  Source,
  Sql,
} from '@sluice/author'
import type { Store } from '@sluice/core'

/** One question to the loader process. It gets the next one after it has answered, so a crash belongs to one file. */
export interface LoadRequest {
  readonly what: 'pipeline' | 'datasets' | 'modelTests' | 'together' | 'root' | 'project'
  /** Absolute path. */
  readonly file: string
  /** Folder with the files of the user, in which places are looked for. */
  readonly base: string
  /** Of `together`: absolute paths of all files whose definitions must fit each other. */
  readonly files?: readonly string[]
  /** By path relative to `base`: files that are as they were, and where they were imported from. They are not imported anew. */
  readonly unchanged?: Readonly<Record<string, string>>
  /** Look for a place in the file itself first, since the folder also holds code of others. */
  readonly fileFirst?: boolean
}

export interface FilePlace {
  /** Absolute path of the user's file; `null` when only the file asked for is known. */
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
}

/** What is wrong in a file, and where, as far as that is known. */
export interface Fault extends FilePlace {
  readonly message: string
  readonly next: string | null
  /** A syntax error without a place. The parent finds the place by letting Node report the error. */
  readonly placeless?: boolean
  /** The file that an import names and that is not there. */
  readonly missing?: string
}

/** What a file declares beside pipelines. Datasets arrive without their functions. */
export interface Declarations {
  readonly datasets: readonly AnyDataset[]
  readonly keys: readonly ForeignKey[]
}

/** A model, and where it was defined as far as that is known. */
export interface PlacedModel extends ModelSpec {
  readonly place: FilePlace | null
}

/** A check, and where it was defined as far as that is known. */
export interface PlacedCheck {
  readonly name: string
  readonly store: Store
  /** Ids of the datasets that it guards. */
  readonly on: readonly string[]
  /** Ids. */
  readonly reads: readonly string[]
  readonly sql: Sql
  readonly message: string
  readonly place: FilePlace | null
}

/** A crossing from lake to warehouse. */
export interface DeclaredLoad {
  readonly name: string
  /** Ids. */
  readonly from: string
  readonly into: string
  readonly mode: LoadMode
  /** Column of `into` -> column of `from`. */
  readonly columns: Readonly<Record<string, string>>
}

/** A source as a step pulls it. */
export interface DeclaredPull {
  readonly pipeline: string
  readonly name: string
  readonly from: Source
  /** Id. */
  readonly into: string
  /** Column of `into` -> its name in the source, where it is another one. */
  readonly columns: Readonly<Record<string, string>>
}

/** A test of a model by the name of its export, and where it was defined as far as that is known. */
export interface PlacedModelTest extends ModelTestSpec {
  readonly name: string
  readonly place: FilePlace | null
}

export interface LoadedValues {
  /** With its models and checks, the datasets that its steps name, and what is wrong with its graph. */
  readonly pipeline: {
    readonly spec: PipelineSpec
    readonly models: readonly PlacedModel[]
    readonly checks: readonly PlacedCheck[]
    readonly loads: readonly DeclaredLoad[]
    readonly pulls: readonly DeclaredPull[]
    readonly datasets: readonly AnyDataset[]
    readonly faults: readonly DefinitionFault[]
  }
  readonly datasets: Declarations
  readonly modelTests: readonly PlacedModelTest[]
  /** What is wrong between the files. */
  readonly together: readonly DefinitionFault[]
  /** The `sluice.config.ts` of the root is that of a platform, or of the one project of one. */
  readonly root: Platform | Project
  readonly project: Project
}

/**
 * `files`: those that were imported so far, packages left out. `imports`: which file of the project imports which, relative to it, as far
 * as that was not said before.
 */
export type LoadReply = { readonly imports?: readonly (readonly [from: string, to: string])[] } & (
  | { readonly ok: true; readonly value: unknown; readonly files?: readonly string[] }
  | { readonly ok: false; readonly fault: Fault }
)
