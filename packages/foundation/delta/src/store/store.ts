export interface FileFacts {
  readonly size: number
  /** Epoch milliseconds. */
  readonly modifiedMs: number
  /**
   * Another one for each content, where a listing tells it: an ETag, a generation, on a disk the inode and the time of the last change of
   * any kind.
   */
  readonly mark?: string
}

export interface FoundFile extends FileFacts {
  /** Relative to the root, with `/`. */
  readonly path: string
}

/** Until it is closed, files that were fetched while it was open stay readable under `root`. */
export interface Hold {
  [Symbol.dispose](): void
}

/**
 * Where a table lives. Paths are relative to `root` and use `/`. DuckDB itself reads and writes data files under `root`. The store makes
 * them durable. A store on a bucket stages files under `root`: it downloads in `fetch` and uploads in `persist` and `adopt`. A file whose
 * name begins with `.` and ends with `.tmp` is temporary: it exists only under `root`, and only its writer uses it.
 */
export interface LogStore {
  /** The absolute path of the local folder that DuckDB reads and writes. */
  readonly root: string
  /** The names of the files in a folder, without inner folders, in no order. Empty when the folder does not exist. */
  list(folder: string): Promise<string[]>
  /** Every file under a folder, at any depth, in no order. */
  walk(folder: string): Promise<FoundFile[]>
  /** `undefined` when the file does not exist. */
  stat(path: string): Promise<FileFacts | undefined>
  /** The text of a file; `undefined` when it does not exist. */
  read(path: string): Promise<string | undefined>
  /** The bytes of a file from `offset`, all or `length` of them, fewer at its end. `undefined` when the file does not exist. */
  readBytes(path: string, range?: ByteRange): Promise<Uint8Array | undefined>
  /**
   * Makes files readable for DuckDB under `root`. Ignores a missing file: the reader reports it. An absolute path means a file outside of
   * `root`, as in a shallow clone. A store that is not a disk refuses it.
   */
  fetch(paths: readonly string[]): Promise<void>
  /** While a hold is open, every fetched file is kept. Without one, a store that needs space keeps recently fetched files. */
  hold(): Hold
  /**
   * Atomically creates a file with its whole content. False when the file exists. Readers see nothing or everything. Durable on return. A
   * store may have to compare contents to learn whether its own request won, so a content that decides something must be unique (a commit
   * has its `txnId`).
   */
  putIfAbsent(path: string, text: string): Promise<boolean>
  /**
   * Atomically creates or replaces a file. Only for hints and temporary files: writers overwrite each other, and a power cut may lose it.
   */
  put(path: string, text: string): Promise<void>
  /** Makes data files that DuckDB has written durable. */
  persist(paths: readonly string[]): Promise<void>
  /** Like `putIfAbsent`, with a file under `root` as the content. The temporary name is gone on return in either case. */
  adopt(temporary: string, path: string): Promise<boolean>
  /** Deletes a file. A missing file is not an error. */
  delete(path: string): Promise<void>
  /** Creates a folder that DuckDB writes into. A new folder is durable on return. */
  makeFolder(path: string): Promise<void>
}

export interface ByteRange {
  readonly offset: number
  readonly length: number
}

export function isTemporary(path: string): boolean {
  return /(^|\/)\.[^/]*\.tmp$/.test(path)
}
