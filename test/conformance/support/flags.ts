/** Clients register themselves, as many as there are modules. */
export const openRegistration = { 'registration.mode': 'open', 'registration.perAddress': '10000' } as const

/** The implicit and hybrid flows, which are off unless an operator asks for them. */
export const frontChannel = { 'authorize.frontChannelTokens': 'all' } as const
