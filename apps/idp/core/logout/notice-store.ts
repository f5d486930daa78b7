/** What one app is to be told of one session's end (OpenID Connect Back-Channel Logout 1.0). */
export type LogoutNotice = {
  readonly sid: string
  readonly clientId: string
  readonly userId: string
  /** When the session ended. */
  readonly at: Date
  /** How often it was sent, or was about to be. */
  readonly attempts: number
  /** When it is sent again; undefined where it is not: it was delivered, or given up. */
  readonly nextAt: Date | undefined
  readonly deliveredAt: Date | undefined
  /** Why the last attempt brought nothing, in words for an operator. */
  readonly failure: string | undefined
}

/** What names a notice: a session ends once, and an app is told once. */
export type NoticeKey = Pick<LogoutNotice, 'sid' | 'clientId'>

/** What became of an attempt. A failure that is final is not tried again. */
export type AttemptResult = { readonly deliveredAt: Date } | { readonly failure: string; readonly isFinal: boolean }

export type NoticeFilter = {
  readonly clientId?: string | undefined
  /** Only what has failed and has not been delivered since. */
  readonly failed?: boolean
  readonly most: number
}

/** How many wait for their first or next attempt, and since when the oldest does. */
export type NoticeBacklog = { readonly waiting: number; readonly oldest: Date | undefined }

/** The outbox of back-channel logout: durable, so that no app goes untold because a process died. */
export interface NoticeStore {
  /** Keeps notices that are due at once. One that is there already stays as it is. */
  put(notices: readonly (NoticeKey & Pick<LogoutNotice, 'userId' | 'at'>)[]): Promise<void>
  /** What is due, the longest due first, at most `most`; nothing for the clients `except`. */
  listDue(now: Date, most: number, except: readonly string[]): Promise<readonly LogoutNotice[]>
  /**
   * Takes a notice that is due: counts the attempt and moves it to `nextAt`, so that whoever dies in the middle has only
   * put it off. False where another had it first, or it is over.
   */
  claim(notice: LogoutNotice, nextAt: Date): Promise<boolean>
  /** Notes what became of an attempt. What has been delivered stays so. */
  end(notice: NoticeKey, result: AttemptResult): Promise<void>
  /** The newest first. */
  list(filter: NoticeFilter): Promise<readonly LogoutNotice[]>
  count(): Promise<NoticeBacklog>
}
