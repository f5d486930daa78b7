/**
 * What sign-out can do here (RP-Initiated Logout 1.0 §2.1, Back-Channel Logout 1.0 §2.1, Front-Channel Logout 1.0 §3,
 * Session Management 1.0 §3.3).
 */
export function logoutMetadata(issuer: string) {
  return {
    end_session_endpoint: `${issuer}/logout`,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
    check_session_iframe: `${issuer}/session/check`,
  }
}
