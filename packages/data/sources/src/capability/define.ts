import type { HttpClient } from '@sluice/author'

export interface HttpContext {
  readonly http: HttpClient
}
