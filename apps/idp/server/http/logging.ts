import { type FastifyBaseLogger, LogController } from 'fastify'
import { type DestinationStream, type Logger, pino } from 'pino'
import type { Config } from '#config/config.ts'
import type { AuditEvent } from '#core/audit/audit-event.ts'
import { random } from '#core/oauth/random.ts'
import { errorLine } from './log-error.ts'
import { redacted } from './log-redaction.ts'
import { addressOf, type Peer } from './origin.ts'

/** JSON lines on stdout. Secrets are cut by path, errors are reduced to what is known to be harmless. */
export function createLogger(config: Pick<Config, 'log'>, destination?: DestinationStream): Logger {
  const options = {
    level: config.log.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    redact: { paths: redacted, censor: '[redacted]' },
    serializers: { err: errorLine, error: errorLine, req: requestLine, res: answerLine },
  }
  return destination ? pino(options, destination) : pino(options)
}

/**
 * What a Fastify instance needs to log through `logger`. Request ids are always ours: one that a stranger chose could
 * collide with another request's, or carry text into the log.
 */
export function loggingOptions(logger: Logger) {
  return {
    // Named by Fastify's own type, so that every instance has the same one.
    loggerInstance: logger as FastifyBaseLogger,
    requestIdHeader: false,
    genReqId: () => random('', 12),
    // One line per request is written by `logRequests`; Fastify's own show the URL as it was sent. Its lines about
    // errors are off with them, so every error handler logs what it catches.
    logController: new LogController({ requestIdLogLabel: 'requestId', disableRequestLogging: true }),
  } as const
}

/** The line that tells whoever started the program that it answers now, and where. */
export function logListening(
  logger: Logger,
  addresses: { public: readonly string[]; management: readonly string[] },
): void {
  logger.info({ event: 'listening', addresses }, 'listening')
}

/** Writes an audit event as a log line too, for whoever collects logs and not databases. */
export function logAudit(logger: Logger): (event: AuditEvent) => void {
  return ({ at, ...event }) => {
    const line = { audit: { ...event, at: at.toISOString() } }
    if (event.outcome === 'failure') logger.warn(line, event.event)
    else logger.info(line, event.event)
  }
}

/** The path of a URL. Queries hold codes, states and login hints: they are never logged. */
export function pathOf(url: string): string {
  return url.replace(/[?#].*$/s, '')
}

function requestLine(request: Peer & { method?: string; url?: string }) {
  return { method: request.method, path: pathOf(request.url ?? ''), address: addressOf(request) }
}

function answerLine(reply: { statusCode?: number }) {
  return { status: reply.statusCode }
}
