import type { HttpClient } from '../http/request.ts'

export interface HttpContext {
  readonly http: HttpClient
}
