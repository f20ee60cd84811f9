export type { HttpClient, HttpRequest, HttpResponse } from '../http/request.ts'
export type { HttpContext } from './define.ts'
export { httpCapability } from './open.ts'
