/** One rule, what the metrics look like when it must fire and when it must not. Notation of `promtool test rules`. */
export type AlertCase = {
  readonly alert: string
  readonly fires: { readonly [series: string]: string }
  readonly quiet: { readonly [series: string]: string }
}

const event = (name: string) => `signet_audit_events_total{event="${name}",outcome="failure",instance="a"}`
const answers = (status: string) =>
  `signet_http_request_duration_seconds_count{method="POST",route="/token",status="${status}",instance="a"}`
const bucket = (le: string) =>
  `signet_http_request_duration_seconds_bucket{method="POST",route="/token",status="2xx",instance="a",le="${le}"}`
const failures = (by: string) => `signet_sign_in_failures_highest{by="${by}",instance="a"}`
const signIns = (by: string) => `signet_sign_ins_highest{by="${by}",instance="a"}`
const due = (alg: string) => `signet_key_next_rotation_timestamp_seconds{alg="${alg}",instance="a"}`

const finding = (name: string) => `signet_redis_findings{finding="${name}",instance="a"}`
const logoutAttempts = (outcome: string) => `signet_logout_attempts_total{outcome="${outcome}",instance="a"}`
const expiry = (instance: string) => `signet_certificate_expiry_timestamp_seconds{instance="${instance}"}`
const deviation = (source: string) => `signet_clock_deviation_seconds{source="${source}",instance="a"}`

/** Each is looked at after 20 minutes, one sample a minute; every case is a table row, so the list may be long. */
export const alertCases: readonly AlertCase[] = [
  {
    alert: 'SignetSignInFailureBurst',
    fires: { [event('sign_in.failed')]: '0x15 0+40x5', [event('sign_in.failed').replace('"a"', '"b"')]: '0x20' },
    quiet: { [event('sign_in.failed')]: '0+5x20', [event('sign_in.succeeded')]: '0+500x20' },
  },
  {
    alert: 'SignetFailuresFromOneAddress',
    fires: { [failures('address')]: '0x15 31x5' },
    quiet: { [failures('address')]: '30x20', [signIns('address')]: '100x20' },
  },
  {
    alert: 'SignetFailuresOfOneAccount',
    fires: { [failures('account')]: '0x15 21x5' },
    quiet: { [failures('account')]: '20x20', [failures('address')]: '100x20' },
  },
  {
    alert: 'SignetSignInsOfOneAccount',
    fires: { [signIns('account')]: '0x15 21x5' },
    quiet: { [signIns('account')]: '20x20', [signIns('address')]: '150x20' },
  },
  {
    alert: 'SignetSignInsFromOneAddress',
    fires: { [signIns('address')]: '0x15 201x5' },
    quiet: { [signIns('address')]: '200x20' },
  },
  {
    alert: 'SignetThrottling',
    fires: { [event('sign_in.throttled')]: '0x15 0+10x5' },
    quiet: { [event('sign_in.throttled')]: '0+1x20' },
  },
  {
    alert: 'SignetClientAuthenticationFailures',
    fires: { [event('client.authentication_failed')]: '0x15 0+20x5' },
    quiet: { [event('client.authentication_failed')]: '0+2x20' },
  },
  {
    alert: 'SignetRefreshTokenReused',
    fires: { [event('token.reused')]: '0x17 1x3' },
    quiet: { [event('token.reused')]: '4x20', [event('token.revoked')]: '0+9x20' },
  },
  {
    alert: 'SignetCodeReplayed',
    fires: { [event('code.leaked')]: '0x17 1x3', [event('code.replayed')]: '0x20' },
    quiet: { [event('code.replayed')]: '1x20', [event('code.issued')]: '0+9x20' },
  },
  {
    alert: 'SignetTokensRepeatedElsewhere',
    fires: { [event('token.repeated_elsewhere')]: '0+3x20' },
    quiet: { [event('token.repeated_elsewhere')]: '0x19 1' },
  },
  {
    alert: 'SignetNotReady',
    fires: {
      'signet_ready{check="database",instance="a"}': '1x15 0x5',
      'signet_ready{check="database",instance="b"}': '1x20',
    },
    quiet: { 'signet_ready{check="database",instance="a"}': '1x15 0 1x4' },
  },
  {
    alert: 'SignetAway',
    fires: { 'up{job="signet",instance="a"}': '1x15 0x5' },
    quiet: { 'up{job="other",instance="a"}': '0x20' },
  },
  {
    alert: 'SignetServerErrors',
    fires: { [answers('5xx')]: '0x10 0+10x10', [answers('2xx')]: '0+300x20' },
    quiet: { [answers('5xx')]: '0+2x20', [answers('2xx')]: '0+3000x20' },
  },
  {
    alert: 'SignetSlowTokens',
    fires: { [bucket('1')]: '0+90x20', [bucket('2.5')]: '0+100x20', [bucket('+Inf')]: '0+100x20' },
    quiet: { [bucket('0.5')]: '0+100x20', [bucket('1')]: '0+100x20', [bucket('+Inf')]: '0+100x20' },
  },
  {
    alert: 'SignetPasswordQueueFull',
    fires: { 'signet_password_queue_refused_total{instance="a"}': '0x17 3x3' },
    quiet: { 'signet_password_queue_refused_total{instance="a"}': '7x20' },
  },
  {
    // The test's time starts at 0, so a key due at -3000 is 4200 seconds late after 20 minutes.
    alert: 'SignetKeyRotationOverdue',
    fires: { [due('ES256')]: '-3000x20', [due('RS256')]: '9000x20' },
    quiet: { [due('ES256')]: '-2000x20' },
  },
  {
    alert: 'SignetCertificateEnding',
    fires: { [expiry('a')]: '1209000x20', [expiry('b')]: '9999999x20' },
    quiet: { [expiry('a')]: '1212000x20' },
  },
  {
    alert: 'SignetCertificateEnded',
    fires: { [expiry('a')]: '1000x20' },
    quiet: { [expiry('a')]: '88000x20' },
  },
  {
    alert: 'SignetRedisCanLose',
    fires: { [finding('appendfsync')]: '0x15 1x5', [finding('loading')]: '0x20' },
    quiet: { [finding('appendfsync')]: '0x20', [finding('unseen')]: '1x20', [finding('replicas-missing')]: '1x20' },
  },
  {
    alert: 'SignetRedisUnwell',
    fires: { [finding('aof-write-error')]: '0x15 1x5' },
    quiet: { [finding('loading')]: '0x19 1', [finding('unseen')]: '1x20' },
  },
  {
    alert: 'SignetReplicasMissing',
    fires: { [finding('replicas-missing')]: '0x15 1x5' },
    quiet: { [finding('replicas-missing')]: '0x19 1', [finding('appendfsync')]: '1x20' },
  },
  {
    alert: 'SignetRebuilding',
    fires: {
      'signet_buckets_rebuilding{instance="a"}': '0x15 256x5',
      'signet_buckets_rebuilding{instance="b"}': '0x20',
    },
    quiet: { 'signet_buckets_rebuilding{instance="a"}': '0x18 256 0' },
  },
  {
    alert: 'SignetRevocationsPending',
    fires: { 'signet_oldest_pending_end_seconds{instance="a"}': '0x15 0+30x5' },
    quiet: { 'signet_oldest_pending_end_seconds{instance="a"}': '60x20' },
  },
  {
    alert: 'SignetLogoutsWaiting',
    fires: { 'signet_logout_oldest_waiting_seconds{instance="a"}': '0x10 901+60x10' },
    quiet: { 'signet_logout_oldest_waiting_seconds{instance="a"}': '900x20' },
  },
  {
    alert: 'SignetLogoutsLost',
    fires: { [logoutAttempts('refused')]: '0x15 1x5', [logoutAttempts('given_up')]: '0x20' },
    quiet: { [logoutAttempts('failed')]: '0+9x20', [logoutAttempts('given_up')]: '5x20' },
  },
  {
    alert: 'SignetFloorsNotWritten',
    fires: { 'signet_unwritten_uses_seconds{instance="a"}': '0x15 0+30x5' },
    quiet: { 'signet_unwritten_uses_seconds{instance="a"}': '60x20' },
  },
  {
    alert: 'SignetClockDeviates',
    fires: { [deviation('own')]: '0x15 -600x5' },
    quiet: { [deviation('own')]: '-4x20', [deviation('redis')]: '0.2x20' },
  },
]
