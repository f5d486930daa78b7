import type { ClientStore } from '../clients/client-store.ts'
import { OAuthError } from '../oauth/error.ts'
import type { Form } from '../oauth/form.ts'
import { findClient } from './identify-party.ts'
import { bringsRequestObject, type ReadRequestObject } from './request-object.ts'

/** The parameters that count; those that were sent, and why, where what they bring is refused. */
export type OpenedRequest = { readonly form: Form; readonly refusal: OAuthError | undefined }

export type OpenRequest = (form: Form, now: Date) => Promise<OpenedRequest>

/**
 * Makes the opener of authorization requests: where one brings a request object its parameters are taken from there. A
 * refusal is not thrown: who is to be told of it, the parameters that were sent may still say.
 */
export function requestOpener(readObject: ReadRequestObject, clients: ClientStore): OpenRequest {
  return async (form, now) => {
    if (!bringsRequestObject(form)) return { form, refusal: undefined }
    const client = await findClient(form, clients)
    try {
      return { form: await readObject(form, client, now), refusal: undefined }
    } catch (error) {
      if (error instanceof OAuthError) return { form, refusal: error }
      throw error
    }
  }
}
