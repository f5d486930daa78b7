import { configCheck } from './config-check.ts'
import { configPrint } from './config-print.ts'
import { configSchema } from './config-schema.ts'

/** The verbs of `signet config`, in the order in which `--help` shows them. */
export const configVerbs = [configCheck, configPrint, configSchema] as const
