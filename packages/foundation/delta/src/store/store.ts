export interface FileFacts {
  readonly size: number
  /** Epoch milliseconds. */
  readonly modifiedMs: number
}

export interface FoundFile extends FileFacts {
  /** Relative to the root, with `/`. */
  readonly path: string
}

/**
 * Where a table lives. Paths are relative to `root`, with `/`. DuckDB itself reads and writes data files under `root`; the store makes them durable.
 * An implementation for an object store stages files at `root`: it downloads in `fetch` and uploads in `persist` and `adopt`.
 */
export interface LogStore {
  /** Absolute local folder that DuckDB reads and writes. */
  readonly root: string
  /** Names in a folder, in no order; empty when the folder does not exist. */
  list(folder: string): Promise<string[]>
  /** Every file under a folder, at any depth, in no order. Temporary files of this store included. */
  walk(folder: string): Promise<FoundFile[]>
  /** `undefined` when the file does not exist. */
  stat(path: string): Promise<FileFacts | undefined>
  /** Text of a file, `undefined` when it does not exist. */
  read(path: string): Promise<string | undefined>
  /** Bytes of a file from `offset`, all or `length` of them; `undefined` when it does not exist. */
  readBytes(path: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array | undefined>
  /** Makes files readable by DuckDB under `root`. A missing file is left for the reader to name. */
  fetch(paths: readonly string[]): Promise<void>
  /** Atomically creates a file with its whole content; false when it exists. A reader sees nothing or everything. Durable on return. */
  putIfAbsent(path: string, text: string): Promise<boolean>
  /** Atomically creates or replaces. For hints and temporary files: two writers overwrite each other, and a power cut may lose it. */
  put(path: string, text: string): Promise<void>
  /** Data files that DuckDB has written: durable on return. */
  persist(paths: readonly string[]): Promise<void>
  /** Like `putIfAbsent`, with a file already under `root` as its content; the temporary name is gone either way. */
  adopt(temporary: string, path: string): Promise<boolean>
  /** Missing is fine. */
  delete(path: string): Promise<void>
  /** Creates a folder that DuckDB writes into. */
  makeFolder(path: string): Promise<void>
}
