import type { AuthorizationRequest } from './authorization-request.ts'

export type FoundRequest =
  | { readonly state: 'open'; readonly request: AuthorizationRequest }
  /** Answered already; the client is known, so that the page can lead back to it. */
  | { readonly state: 'ended'; readonly clientId: string }

/** Where authorization requests wait for the person. */
export interface RequestStore {
  begin(request: AuthorizationRequest): Promise<void>
  /** Undefined where it is unknown or expired. */
  find(id: string): Promise<FoundRequest | undefined>
  /** Binds a request to the first browser that shows a cookie; false where it is bound to another, ended or unknown. */
  claim(id: string, browserHash: string): Promise<boolean>
  /** Notes the session that the person chose. Nothing where the request is not open. */
  put(id: string, chosenSessionId: string): Promise<void>
  /** Ends it. True for exactly one caller; a note of the client stays until it would have expired. */
  end(id: string): Promise<boolean>
}
