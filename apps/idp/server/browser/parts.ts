import type { ApiStore } from '#core/apis/api.ts'
import type { Audit } from '#core/audit/audit.ts'
import type { BeginRequest } from '#core/authorize/begin-request.ts'
import type { ConsentStore } from '#core/authorize/consent.ts'
import type { IssueAnswer } from '#core/authorize/issue-answer.ts'
import type { OpenRequest } from '#core/authorize/open-request.ts'
import type { ReadAuthorizationRequest } from '#core/authorize/read-request.ts'
import type { RequestStore } from '#core/authorize/request-store.ts'
import type { ClientLogos } from '#core/clients/client-logo.ts'
import type { ClientStore } from '#core/clients/client-store.ts'
import type { Clock } from '#core/clock.ts'
import type { Logout } from '#core/logout/end-session.ts'
import type { ResponseType } from '#core/oauth/response-type.ts'
import type { BrowserSessions } from '#core/sessions/browser-session.ts'
import type { DeviceMarks } from '#core/users/device.ts'
import type { SignIn } from '#core/users/sign-in.ts'
import type { SubjectFor } from '#core/users/subject.ts'
import type { Site } from '#pages/document.ts'
import type { Cookies } from '../http/cookies.ts'

/** What the pages are made from. */
export type BrowserParts = {
  readonly issuer: string
  readonly site: Site
  readonly clock: Clock
  readonly cookies: Cookies
  readonly clients: ClientStore
  readonly logos: ClientLogos
  /** What may be asked for, whoever asks. */
  readonly responseTypes: readonly ResponseType[]
  readonly apis: ApiStore
  readonly consents: ConsentStore
  readonly requests: RequestStore
  readonly sessions: BrowserSessions
  readonly devices: DeviceMarks
  readonly openRequest: OpenRequest
  readonly readRequest: ReadAuthorizationRequest
  readonly issueAnswer: IssueAnswer
  readonly beginRequest: BeginRequest
  readonly signIn: SignIn
  readonly subjectFor: SubjectFor
  readonly logout: Logout
  readonly audit: Audit
  /** Shows a developer which redirect URIs are registered; never in production. */
  readonly isDevelopment: boolean
}
