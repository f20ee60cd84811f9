import { defineErrors, permanent, retryable } from '@sluice/core'

export const sourceErrors = defineErrors('source', {
  charset: permanent({ about: 'The text of an answer is not written in the charset that it says, or in one that nobody knows.' }),
  client_error: permanent({ about: 'The source refused the request itself (HTTP 4xx).' }),
  content_type: permanent({ about: 'The source sends another kind of data than was asked for.' }),
  bad_request: permanent({ about: 'A request cannot be sent: its URL, a header or a limit of it is not one.' }),
  empty: retryable({ about: 'The source answered without any data.' }),
  answer_failed: retryable({ about: 'The source says in the body of its answer that it failed, with a code that passes.' }),
  answer_refused: permanent({
    about: 'The source says in the body of its answer that it refuses, with a code that its declaration does not call good.',
  }),
  endless: permanent({ about: 'A listing leads back to a page that was read, or has more pages than its declaration allows.' }),
  html: retryable({ about: 'The source answers with a page of HTML where data was asked for.' }),
  items_failed: permanent({ about: 'More of the ids that a source was asked for failed than its declaration allows.' }),
  malformed: retryable({ about: 'The answer is not the text that it says it is, or it is cut off.' }),
  network: retryable({ about: 'The source could not be reached, or the connection broke off.' }),
  no_content: retryable({ about: 'The source answers that it has no content (HTTP 204 or 205).' }),
  partial: retryable({ about: 'The source sends a part of its answer (HTTP 206) that nobody asked for.' }),
  rate_limited: retryable({ about: 'The source asks for fewer requests (HTTP 429, or another refusal that says when to come again).' }),
  redirected: permanent({ about: 'The source redirects in a circle, to another host that nobody named, or from https to http.' }),
  schema: permanent({ about: 'The answer has not the fields that its client expects.' }),
  server_error: retryable({ about: 'The source failed (HTTP 5xx).' }),
  shutdown: permanent({ about: 'The source says that this version of its API has been switched off.' }),
  sql: permanent({ about: 'A database does not give what a source names: its table, its query, or a column.' }),
  timeout: retryable({ about: 'The source gave no complete answer in time.' }),
  too_large: permanent({ about: 'A body is larger than its client allows, or became suspiciously large when it was decompressed.' }),
  unauthorized: permanent({ about: 'The source refused the key (HTTP 401 or 403).' }),
})

export const fileErrors = defineErrors('file', {
  ambiguous: permanent({ about: 'What stands in a file may mean two things (03/04: March or April), and its source does not say which.' }),
  columns: permanent({ about: 'Two columns of a file have one name, or one of them may fill two columns of its dataset.' }),
  damaged: permanent({ about: 'A file is not of the format that its source declares, or it is cut off or damaged.' }),
  drift: permanent({
    about: 'A file has other columns than its dataset: new, missing, renamed ones, or values of another type. Its source refuses that.',
  }),
  emptied: retryable({
    about: 'A folder has none of its files any more, as one that is not mounted has none, and the rows of all of them would be taken away.',
  }),
  encrypted: permanent({ about: 'A file is protected by a password.' }),
  limit: permanent({ about: 'A file needs more memory, time or space than a reader may take: it may be made to do harm.' }),
  lost: retryable({ about: 'The process that reads a file has ended in the middle, through no fault of the file that is known.' }),
  missing: permanent({ about: 'A file, or a sheet, range or path inside of it, is not there.' }),
  changed: retryable({ about: 'A file was written to while it was read: the next pull reads it anew.' }),
  unreadable: retryable({ about: 'A file or folder is there and cannot be read: a right is missing, or a disk is away.' }),
  not_taken: permanent({
    about:
      'Several files of a source could not be read. Each reason is told once, with the first files that have it; the others were taken. ' +
      'Where one of the faults may pass, the task is tried again.',
  }),
  unsupported: permanent({ about: 'A file uses a feature of its format that is not read.' }),
})
